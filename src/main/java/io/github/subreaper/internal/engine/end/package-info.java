/** Ends scopes and launches. */
@NullMarked
package io.github.subreaper.internal.engine.end;

import org.jspecify.annotations.NullMarked;
