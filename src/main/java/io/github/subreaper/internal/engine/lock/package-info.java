/** The one lock over all records, and what wakes the thread that watches. */
@NullMarked
package io.github.subreaper.internal.engine.lock;

import org.jspecify.annotations.NullMarked;
