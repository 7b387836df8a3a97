/** What is known: processes, launches and scopes, below one lock. */
@NullMarked
package io.github.subreaper.internal.engine.records;

import org.jspecify.annotations.NullMarked;
