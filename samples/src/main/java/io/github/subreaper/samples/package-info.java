/** Real programs under a subreaper: read these first, and copy from them. */
@NullMarked
package io.github.subreaper.samples;

import org.jspecify.annotations.NullMarked;
