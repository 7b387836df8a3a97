/** Glue for Cucumber. Nothing else may be in this package: Cucumber reads all of it. */
@NullMarked
package io.github.subreaper.cucumber;

import org.jspecify.annotations.NullMarked;
