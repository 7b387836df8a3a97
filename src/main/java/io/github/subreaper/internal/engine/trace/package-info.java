/** Notes in the records what the kernel reports about traced launches. */
@NullMarked
package io.github.subreaper.internal.engine.trace;

import org.jspecify.annotations.NullMarked;
