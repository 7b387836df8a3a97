/** From a program's specification to a process that carries its tag from its first instruction. */
@NullMarked
package io.github.subreaper.internal.engine.spawn;

import org.jspecify.annotations.NullMarked;
