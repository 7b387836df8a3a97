/**
 * The engine: who is ours, how each ended, and how none is left. It knows the kernel's bindings and
 * nothing of what users see.
 */
@NullMarked
package io.github.subreaper.internal.engine;

import org.jspecify.annotations.NullMarked;
