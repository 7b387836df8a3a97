/**
 * The engine: it knows which processes are ours, records how each ended, and leaves none. It uses
 * the bindings of the kernel, and no type that users see.
 */
@NullMarked
package io.github.subreaper.internal.engine;

import org.jspecify.annotations.NullMarked;
