/** Helpers of the tests: their waits. */
@NullMarked
package io.github.subreaper.waits;

import org.jspecify.annotations.NullMarked;
