/** Real programs under a subreaper: what to read and to copy from first. */
@NullMarked
package io.github.subreaper.samples;

import org.jspecify.annotations.NullMarked;
