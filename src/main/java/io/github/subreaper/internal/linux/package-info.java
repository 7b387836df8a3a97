/** Binds the kernel and the C library: one class for each facility, no policy. */
@NullMarked
package io.github.subreaper.internal.linux;

import org.jspecify.annotations.NullMarked;
