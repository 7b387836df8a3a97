/** Text for people: what is printed, durations, globs. */
@NullMarked
package io.github.subreaper.internal.text;

import org.jspecify.annotations.NullMarked;
