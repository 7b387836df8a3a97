/** Brings what the kernel tells of traced launches to the records. */
@NullMarked
package io.github.subreaper.internal.engine.tracing;

import org.jspecify.annotations.NullMarked;
