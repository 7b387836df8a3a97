/** What extension, assertions and reports share when they write for people. */
@NullMarked
package io.github.subreaper.internal.text;

import org.jspecify.annotations.NullMarked;
