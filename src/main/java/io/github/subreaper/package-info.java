/**
 * Supervision of daemons from a JVM: launch programs, adopt every orphan below them with its true
 * exit status, look at process trees, and leave nothing behind.
 *
 * <p>Start with {@link io.github.subreaper.Subreaper#activate()}. All types are thread-safe. Linux
 * only: prctl(2) with PR_SET_CHILD_SUBREAPER, since Linux 3.4.
 */
@NullMarked
package io.github.subreaper;

import org.jspecify.annotations.NullMarked;
