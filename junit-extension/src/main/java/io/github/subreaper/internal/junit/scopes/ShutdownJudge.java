package io.github.subreaper.internal.junit.scopes;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.Subreaper;
import io.github.subreaper.UnkillableProcessesException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.settings.ProcessGlob;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.secrets.Masker;
import io.github.subreaper.junit.Leaks;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Judges when the JVM ends what no test was judged for, such as the server of a cached context:
 * shutdown hooks may end it. So they go first, and what outlives them is named.
 */
final class ShutdownJudge implements Runnable {
  private static final Access SUPPORT = Access.get();

  /** Surefire kills a JVM that takes 30 s to end. */
  private static final long LONGEST_NANOS = 15_000_000_000L;

  /** For what the last hook has asked to end, as by {@link Process#destroy}. */
  private static final long AFTER_HOOKS_NANOS = 1_000_000_000;

  private static final long PAUSE_NANOS = 20_000_000;

  /** Several sessions of one JVM wait together. */
  private static final AtomicLong DEADLINE = new AtomicLong();

  private static final AtomicInteger PENDING = new AtomicInteger();
  private static volatile boolean failed;

  private final Subreaper subreaper;
  private final Leaks policy;

  /** Those that live when the run ends. What is started later may be a shutdown hook. */
  private final Set<Long> before =
      Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getId)
          .collect(Collectors.toUnmodifiableSet());

  /** A thread that was made before, and not started, is a hook, even if it is a daemon. */
  private final long newest = new Thread(() -> {}).getId();

  ShutdownJudge(Subreaper subreaper, Leaks policy) {
    this.subreaper = subreaper;
    this.policy = policy;
  }

  /** Counts it among those of which the last one fails the build. */
  Runnable awaited() {
    PENDING.incrementAndGet();
    return this;
  }

  @Override
  public void run() {
    DEADLINE.compareAndSet(0, System.nanoTime() + LONGEST_NANOS);
    List<Descendant> left;
    boolean hooksRun;
    long last = System.nanoTime();
    long now = last;
    do {
      hooksRun = hooksRun();
      last = hooksRun ? now : last;
      left = SUPPORT.unjudged(subreaper); // after that: the last hook may end one
      now = System.nanoTime();
    } while (!left.isEmpty()
        && now - last < AFTER_HOOKS_NANOS
        && now - DEADLINE.get() < 0
        && pause());
    if (!left.isEmpty() && policy != Leaks.IGNORE) {
      write(
          text(
              left,
              hooksRun ? "" : " and its shutdown hooks",
              hooksRun ? ", though a shutdown hook still runs after 15 s" : "",
              ", or in a shutdown hook"));
    }
    failed |= !left.isEmpty() && policy == Leaks.FAIL;
    try {
      subreaper.close();
    } catch (UnkillableProcessesException e) {
      write(String.valueOf(e.getMessage()));
    }
    if (PENDING.decrementAndGet() == 0 && failed) {
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
    return Thread.getAllStackTraces().values().stream().anyMatch(ShutdownJudge::startsHooks)
        || Thread.getAllStackTraces().entrySet().stream()
            .anyMatch(entry -> isHook(entry.getKey(), entry.getValue()));
  }

  /** Returns whether a thread ends the JVM, and does not wait for the hooks yet. */
  private static boolean startsHooks(StackTraceElement[] stack) {
    return endsJvm(stack) && !has(stack, "java.lang.Thread", "join");
  }

  private static boolean endsJvm(StackTraceElement[] stack) {
    return has(stack, "java.lang.ApplicationShutdownHooks", "runHooks");
  }

  private boolean isHook(Thread thread, StackTraceElement[] stack) {
    return !before.contains(thread.getId())
        && thread != Thread.currentThread()
        && (!thread.isDaemon() || thread.getId() < newest)
        && !thread.getName().equals("DestroyJavaVM")
        && !endsJvm(stack);
  }

  private static boolean has(StackTraceElement[] stack, String type, String method) {
    return Arrays.stream(stack)
        .anyMatch(
            frame -> frame.getClassName().equals(type) && frame.getMethodName().equals(method));
  }

  /** Returns what to say of those that outlive a run in a JVM that goes on. */
  static String withoutHooks(List<Descendant> left) {
    return text(
        left,
        "",
        ", since the JVM goes on: another class loader than the system's has loaded the library",
        ", or let Surefire fork (forkCount), so that shutdown hooks are awaited");
  }

  private static String text(
      List<Descendant> left, String alsoOutlived, String since, String orElse) {
    String text =
        left.stream()
            .map(one -> "  " + one + SUPPORT.startedAt(one))
            .collect(
                joining(
                    "\n",
                    "subreaper: "
                        + Counts.processes(left.size())
                        + " outlived the run"
                        + alsoOutlived
                        + (left.size() == 1 ? ", and is" : ", and are")
                        + " terminated now"
                        + since
                        + ":\n",
                    "\n  To fix: end each in the code that starts it"
                        + orElse
                        + " · meant to stay until then: subreaper.survivors = "
                        + LeakAdvice.asParameter(ProcessGlob.ofAll(left))
                        + "\n"));
    return Masker.ofJvm().text(text);
  }

  /** Writes to the build: the streams and the loggers may be closed by now. */
  @SuppressWarnings("resource") // to close it would close the descriptor
  static void write(String text) {
    try {
      String masked = Masker.ofJvm().text(text);
      new FileOutputStream(FileDescriptor.err).write(masked.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      return; // the build has closed it
    }
  }
}
