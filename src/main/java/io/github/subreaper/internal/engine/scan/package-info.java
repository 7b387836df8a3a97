/** Reads the tree of processes from {@code /proc}, and observes each. */
@NullMarked
package io.github.subreaper.internal.engine.scan;

import org.jspecify.annotations.NullMarked;
