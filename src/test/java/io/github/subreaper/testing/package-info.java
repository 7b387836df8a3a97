/** Helpers of the tests: how they wait, what a failure says, C programs, child JVMs, busy cores. */
@NullMarked
package io.github.subreaper.testing;

import org.jspecify.annotations.NullMarked;
