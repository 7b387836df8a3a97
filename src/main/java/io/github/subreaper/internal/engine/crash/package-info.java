/** Points at which a program can crash: calls that change files or processes. */
@NullMarked
package io.github.subreaper.internal.engine.crash;

import org.jspecify.annotations.NullMarked;
