/** The words of messages: of failures, leaks, ends of scopes and of a run whose JVM died. */
@NullMarked
package io.github.subreaper.internal.messages;

import org.jspecify.annotations.NullMarked;
