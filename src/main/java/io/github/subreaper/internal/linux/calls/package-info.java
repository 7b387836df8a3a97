/** The functions of the C library, their errors, and the numbers of signals and statuses. */
@NullMarked
package io.github.subreaper.internal.linux.calls;

import org.jspecify.annotations.NullMarked;
