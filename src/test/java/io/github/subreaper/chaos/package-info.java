/** Random trees of processes, the ledgers that they write about themselves, and the comparison. */
@NullMarked
package io.github.subreaper.chaos;

import org.jspecify.annotations.NullMarked;
