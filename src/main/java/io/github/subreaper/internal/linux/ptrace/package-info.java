/** What ptrace(2) does: stops of calls, filters, memory of another process. */
@NullMarked
package io.github.subreaper.internal.linux.ptrace;

import org.jspecify.annotations.NullMarked;
