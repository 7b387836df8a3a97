/** The guard of tests of other engines, whose code has no extension. */
@NullMarked
package io.github.subreaper.internal.junit.engines;

import org.jspecify.annotations.NullMarked;
