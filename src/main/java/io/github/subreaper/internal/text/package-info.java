/** Text for people: what is printed, durations, globs, names of users. */
@NullMarked
package io.github.subreaper.internal.text;

import org.jspecify.annotations.NullMarked;
