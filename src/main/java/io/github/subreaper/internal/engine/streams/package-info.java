/** What a launched program reads from and writes to. */
@NullMarked
package io.github.subreaper.internal.engine.streams;

import org.jspecify.annotations.NullMarked;
