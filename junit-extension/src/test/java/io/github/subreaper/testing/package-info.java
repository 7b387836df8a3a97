/** Helpers of the tests: their waits. */
@NullMarked
package io.github.subreaper.testing;

import org.jspecify.annotations.NullMarked;
