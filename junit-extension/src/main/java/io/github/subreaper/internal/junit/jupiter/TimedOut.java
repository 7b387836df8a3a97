package io.github.subreaper.internal.junit.jupiter;

import static java.lang.System.Logger.Level.WARNING;

import io.github.subreaper.Launch;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.junit.scopes.LastOutput;
import io.github.subreaper.internal.junit.settings.ScopeName;
import io.github.subreaper.internal.secrets.Masker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Logs a test that JUnit is about to interrupt for its {@code @Timeout}: its processes, where it
 * waits, and the last output of each launch. Afterwards the processes are gone.
 */
final class TimedOut {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");
  private static final String KEY = "subreaper.timeout";

  /** The interrupt must not wait for this forever. */
  private static final long LONGEST_MILLIS = 10_000;

  private static final int MOST_LAUNCHES = 5;

  /** Of the JUnit that prints the stacks of this JVM then. */
  private static final String THREAD_DUMP = "junit.jupiter.execution.timeout.threaddump.enabled";

  private final ExtensionContext context;
  private final Thread waiting;
  private final Consumer<String> report;

  private TimedOut(ExtensionContext context, Thread waiting, Consumer<String> report) {
    this.context = context;
    this.waiting = waiting;
    this.report = report;
  }

  /**
   * Publishes and logs it, on a thread of its own. Does not throw.
   *
   * @param scopes those of the test and of its classes that are open, outermost first
   * @param waiting the thread that is about to be interrupted
   * @param report gets where it waits
   */
  static void log(
      ExtensionContext context, List<Supervisor> scopes, Thread waiting, Consumer<String> report) {
    if (scopes.isEmpty()) {
      return;
    }
    TimedOut timedOut = new TimedOut(context, waiting, report);
    Thread teller =
        new Thread(null, () -> timedOut.tryToReport(scopes), "subreaper timeout", 0, false);
    teller.setDaemon(true);
    try {
      teller.start();
      teller.join(LONGEST_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (OutOfMemoryError e) {
      LOG.log(WARNING, "no thread is left to log the processes of a test that timed out", e);
    }
  }

  private void tryToReport(List<Supervisor> scopes) {
    try {
      publish(text(scopes));
      // In an entry of their own: a process may take its time to write them.
      if (context.getConfigurationParameter(THREAD_DUMP).map(Boolean::parseBoolean).orElse(false)) {
        String stacks = JavaStacks.of(scopes.get(0).descendants());
        if (!stacks.isEmpty()) {
          publish(ScopeName.of(context) + " timed out;" + stacks);
        }
      }
    } catch (RuntimeException | Error e) {
      LOG.log(WARNING, ScopeName.of(context) + " timed out; its processes cannot be logged", e);
    }
  }

  private void publish(String text) {
    String masked = Masker.ofJvm().text(text);
    context.publishReportEntry(KEY, masked);
    LOG.log(WARNING, masked);
  }

  private String text(List<Supervisor> scopes) {
    String waits = "waiting in " + place();
    report.accept(waits);
    StringBuilder text =
        new StringBuilder(ScopeName.of(context)).append(" timed out, ").append(waits).append("; ");
    String tree = scopes.get(0).tree().toString();
    text.append(tree.isBlank() ? "it has no processes" : "its processes at that moment:");
    tree.lines().forEach(line -> text.append("\n  ").append(line));
    for (Launch launch : launches(scopes)) {
      text.append(lastOutput(launch, "stderr", Access.get().output(launch, true)))
          .append(lastOutput(launch, "stdout", Access.get().output(launch, false)));
    }
    return text.toString();
  }

  /** Returns what the code of the test has called: {@code Launch.awaitReady at ATest.java:41}. */
  private String place() {
    StackTraceElement[] stack = waiting.getStackTrace();
    Set<String> own = new HashSet<>();
    addTypes(context.getRequiredTestClass(), own);
    for (int i = 0; i < stack.length; i++) {
      if (own.contains(topLevel(stack[i].getClassName()))) {
        String called =
            i == 0
                ? ""
                : simple(stack[i - 1].getClassName()) + "." + stack[i - 1].getMethodName() + " at ";
        return called + stack[i].getFileName() + ":" + stack[i].getLineNumber();
      }
    }
    return stack.length == 0 ? "unknown: its thread has ended" : stack[0].toString();
  }

  /** Adds the names of a test class and of those whose methods it inherits. */
  private static void addTypes(Class<?> type, Set<String> names) {
    names.add(topLevel(type.getName()));
    Class<?> above = type.getSuperclass();
    if (above != null && above != Object.class) {
      addTypes(above, names);
    }
    for (Class<?> one : type.getInterfaces()) {
      addTypes(one, names);
    }
  }

  private static String topLevel(String name) {
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
  }

  /** Returns the latest of the test and of its classes, without those of other tests. */
  private static List<Launch> launches(List<Supervisor> scopes) {
    Map<Long, Launch> launches = new LinkedHashMap<>();
    Supervisor own = scopes.get(scopes.size() - 1);
    for (Supervisor scope : scopes) {
      for (ProcessEvent event : scope.journal().events()) {
        if (event instanceof ProcessEvent.Launched
            && (scope.equals(own) || event.process().scope().equals(scope.name()))) {
          event.process().launch().ifPresent(one -> launches.put(one.process().pid(), one));
        }
      }
    }
    List<Launch> all = new ArrayList<>(launches.values());
    return all.subList(Math.max(0, all.size() - MOST_LAUNCHES), all.size());
  }

  private static String lastOutput(Launch launch, String stream, String output) {
    String line = LastOutput.of(output);
    return line.isEmpty()
        ? ""
        : "\n  last output of %d on %s: %s".formatted(launch.process().pid(), stream, line);
  }
}
