/**
 * Makes, from a program's specification, a process that carries its tag from its first instruction
 * on.
 */
@NullMarked
package io.github.subreaper.internal.engine.spawn;

import org.jspecify.annotations.NullMarked;
