/** The output of a launch, in files and in memory. */
@NullMarked
package io.github.subreaper.internal.engine.output;

import org.jspecify.annotations.NullMarked;
