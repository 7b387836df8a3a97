/** Thin bindings to the kernel and the C library: one class per facility, no policy. */
@NullMarked
package io.github.subreaper.internal.linux;

import org.jspecify.annotations.NullMarked;
