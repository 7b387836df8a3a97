package io.github.subreaper.internal.engine;

import org.jspecify.annotations.Nullable;

/**
 * One start of a process by this JVM's own Java code, as the flight recorder saw it.
 *
 * @param pid of the process
 * @param nanos when {@link ProcessBuilder#start} was about to return, by {@link System#nanoTime}
 * @param thread the Java id of the thread, platform or virtual; 0 if unknown
 * @param threadName its name
 * @param place the innermost line of code that is no library's; null if there is none
 * @param named by the methods on the stack; null if they name no scope, or more than one
 */
record Start(
    int pid,
    long nanos,
    long thread,
    String threadName,
    @Nullable StackTraceElement place,
    @Nullable Binding named) {}
