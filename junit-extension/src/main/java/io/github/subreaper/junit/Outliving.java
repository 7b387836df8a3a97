package io.github.subreaper.junit;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.Subreaper;
import io.github.subreaper.UnkillableProcessesException;
import io.github.subreaper.framework.FrameworkSupport;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Judges when the JVM ends what no test was judged for, such as the server of a cached context:
 * shutdown hooks may end it. So they go first, and what outlives them is named.
 */
final class Outliving implements Runnable {
  private static final FrameworkSupport SUPPORT = Subreaper.frameworkSupport();

  /** Surefire kills a JVM that takes 30 s to end. */
  private static final long LONGEST_NANOS = 15_000_000_000L;

  private static final long PAUSE_NANOS = 20_000_000;

  private final Subreaper subreaper;
  private final Leaks policy;

  /** Those that live when the run ends. What comes later is a shutdown hook. */
  private final Set<Thread> before = Set.copyOf(Thread.getAllStackTraces().keySet());

  Outliving(Subreaper subreaper, Leaks policy) {
    this.subreaper = subreaper;
    this.policy = policy;
  }

  @Override
  public void run() {
    long began = System.nanoTime();
    List<Descendant> left;
    boolean mayEnd;
    do {
      mayEnd = hooksRun() && System.nanoTime() - began < LONGEST_NANOS;
      left = SUPPORT.unjudged(subreaper); // after that: the last hook may end one
    } while (!left.isEmpty() && mayEnd && pause());
    if (!left.isEmpty() && policy != Leaks.IGNORE) {
      write(text(left));
    }
    try {
      subreaper.close();
    } catch (UnkillableProcessesException e) {
      write(String.valueOf(e.getMessage()));
    }
    if (!left.isEmpty() && policy == Leaks.FAIL) {
      Runtime.getRuntime().halt(1); // nothing else fails a build whose tests have been reported
    }
  }

  private static boolean pause() {
    LockSupport.parkNanos(PAUSE_NANOS);
    return true;
  }

  /**
   * Returns whether another hook still runs, or has not been started yet. The JVM lists the threads
   * before it reads their stacks, so the hooks are listed once more when all have been started.
   */
  private boolean hooksRun() {
    return Thread.getAllStackTraces().values().stream().anyMatch(Outliving::startsHooks)
        || Thread.getAllStackTraces().keySet().stream().anyMatch(this::isHook);
  }

  /** Returns whether a thread ends the JVM, and does not wait for the hooks yet. */
  private static boolean startsHooks(StackTraceElement[] stack) {
    return has(stack, "java.lang.ApplicationShutdownHooks", "runHooks")
        && !has(stack, "java.lang.Thread", "join");
  }

  private boolean isHook(Thread thread) {
    return !before.contains(thread)
        && thread != Thread.currentThread()
        && !thread.isDaemon()
        && !thread.getName().equals("DestroyJavaVM");
  }

  private static boolean has(StackTraceElement[] stack, String type, String method) {
    return Arrays.stream(stack)
        .anyMatch(
            frame -> frame.getClassName().equals(type) && frame.getMethodName().equals(method));
  }

  private static String text(List<Descendant> left) {
    return left.stream()
        .map(one -> "  " + one + SUPPORT.originText(one).map(at -> ", started at " + at).orElse(""))
        .collect(
            joining(
                "\n",
                left.size() == 1
                    ? "subreaper: 1 process outlived the run and its shutdown hooks, and is"
                        + " terminated now:\n"
                    : "subreaper: "
                        + left.size()
                        + " processes outlived the run and its shutdown hooks, and are terminated"
                        + " now:\n",
                "\n  To fix: end each in the code that starts it, or in a shutdown hook · meant to"
                    + " stay until then: subreaper.survivors = "
                    + BaselineLine.oneLine(ProcessGlob.of(left.get(0)))
                    + "\n"));
  }

  /** Writes to the build: the streams and the loggers may be closed by now. */
  @SuppressWarnings("resource") // to close it would close the descriptor
  private static void write(String text) {
    try {
      new FileOutputStream(FileDescriptor.err).write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      return; // the build has closed it
    }
  }
}
