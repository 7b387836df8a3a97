/** Shapes of process trees: read, compared with a tree, written, and approved in files. */
@NullMarked
package io.github.subreaper.internal.assertj.shapes;

import org.jspecify.annotations.NullMarked;
