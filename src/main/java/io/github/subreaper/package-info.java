/**
 * Supervises daemons from a JVM: launches programs, adopts every orphan below them with its true
 * exit status, shows process trees, and leaves nothing behind.
 *
 * <p>Start with {@link io.github.subreaper.Subreaper#activate()}. All types are thread-safe. Linux
 * only: prctl(2) with PR_SET_CHILD_SUBREAPER, since Linux 3.4.
 */
@NullMarked
package io.github.subreaper;

import org.jspecify.annotations.NullMarked;
