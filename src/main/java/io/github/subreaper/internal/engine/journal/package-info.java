/** What happened, in order: kept in memory, continued in a file, told to listeners. */
@NullMarked
package io.github.subreaper.internal.engine.journal;

import org.jspecify.annotations.NullMarked;
