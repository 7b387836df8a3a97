/** Launches programs. */
@NullMarked
package io.github.subreaper.internal.engine.launch;

import org.jspecify.annotations.NullMarked;
