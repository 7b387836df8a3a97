/**
 * The JUnit Jupiter extension: each test gets a scope, and no process outlives its test.
 *
 * <p>Start with {@link io.github.subreaper.junit.SubreaperTest}, or guard a whole suite with two
 * lines of {@code junit-platform.properties}:
 *
 * <pre>{@code
 * junit.jupiter.extensions.autodetection.enabled=true
 * subreaper.leaks=FAIL
 * }</pre>
 *
 * <p>A leak is a process that the code under test started and left alive. What a {@link
 * io.github.subreaper.Supervisor} launched is terminated as well, and is a leak only with {@code
 * subreaper.strict=true}.
 *
 * <p>Needs JUnit 5.12 or later; runs on JUnit 6 too.
 */
@NullMarked
package io.github.subreaper.junit;

import org.jspecify.annotations.NullMarked;
