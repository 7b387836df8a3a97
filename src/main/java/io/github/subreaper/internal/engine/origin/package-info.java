/** Which code has started a process. */
@NullMarked
package io.github.subreaper.internal.engine.origin;

import org.jspecify.annotations.NullMarked;
