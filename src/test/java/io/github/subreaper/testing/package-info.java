/** Helpers of the tests: C programs, child JVMs, busy cores. */
@NullMarked
package io.github.subreaper.testing;

import org.jspecify.annotations.NullMarked;
