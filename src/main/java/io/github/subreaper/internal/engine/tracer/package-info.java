/** Traces what launched programs do to processes, by ptrace(2). */
@NullMarked
package io.github.subreaper.internal.engine.tracer;

import org.jspecify.annotations.NullMarked;
