/** Answers questions of callers, and sends their signals. */
@NullMarked
package io.github.subreaper.internal.engine.query;

import org.jspecify.annotations.NullMarked;
