/**
 * Crash tests: kills a program before each call that changes its files, or cuts the power there,
 * and asks whether it comes back.
 *
 * <p>Start with {@link io.github.subreaper.crash.CrashPoints#of}.
 */
@NullMarked
package io.github.subreaper.crash;

import org.jspecify.annotations.NullMarked;
