/** Random trees of processes, the ledger that they write of themselves, and the comparison. */
@NullMarked
package io.github.subreaper.chaos;

import org.jspecify.annotations.NullMarked;
