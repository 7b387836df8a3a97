/** Processes: {@code /proc}, pidfds, waits and limits. */
@NullMarked
package io.github.subreaper.internal.linux.proc;

import org.jspecify.annotations.NullMarked;
