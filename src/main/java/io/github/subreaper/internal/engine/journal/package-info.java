/** What happened, in order: kept in memory, continued in a file, passed to listeners. */
@NullMarked
package io.github.subreaper.internal.engine.journal;

import org.jspecify.annotations.NullMarked;
