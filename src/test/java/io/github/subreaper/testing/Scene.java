package io.github.subreaper.testing;

import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.opentest4j.TestAbortedException;

/**
 * Adds to the failure of a test what the machine, the processes and the scopes were like then, so
 * that a rare one can be explained though it does not come again.
 */
public final class Scene implements TestExecutionExceptionHandler {
  private static final int MOST_CHARACTERS = 20_000;

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    if (!(failure instanceof TestAbortedException)) {
      failure.addSuppressed(new Seen(describe(context.getRequiredTestInstance())));
    }
    throw failure;
  }

  /** Whose message is what was seen. */
  private static final class Seen extends Exception {
    private static final long serialVersionUID = 1;

    Seen(String text) {
      super(text, null, false, false);
    }
  }

  private static String describe(Object test) {
    StringBuilder text = new StringBuilder("when the test failed\n");
    add(text, "load", () -> Files.readString(Path.of("/proc/loadavg")));
    add(text, "waits for a CPU", () -> Files.readString(Path.of("/proc/pressure/cpu")));
    add(text, "below this JVM", Scene::processes);
    add(text, "threads", Scene::threads);
    for (Class<?> type = test.getClass(); type != null; type = type.getSuperclass()) {
      for (Field field : type.getDeclaredFields()) {
        if (field.getType() == Supervisor.class) {
          add(text, field.getName(), () -> scope(field, test));
        }
      }
    }
    return text.toString();
  }

  private static void add(StringBuilder text, String name, Callable<String> part) {
    String seen;
    try {
      seen = part.call();
    } catch (Exception | AssertionError e) {
      seen = "not readable: " + e;
    }
    String latest = seen.substring(Math.max(0, seen.length() - MOST_CHARACTERS));
    text.append(name).append(":\n  ").append(latest.strip().replace("\n", "\n  ")).append('\n');
  }

  private static String processes() {
    return ProcessHandle.current()
        .descendants()
        .map(process -> process((int) process.pid()))
        .collect(Collectors.joining("\n"));
  }

  private static String process(int pid) {
    ProcessStat stat = Linux.KERNEL.procfs.stat(pid);
    String channel = Linux.KERNEL.procfs.waitChannel(pid);
    return stat == null
        ? "gone meanwhile: " + pid
        : stat + " " + channel + " " + Linux.KERNEL.procfs.commandLine(pid);
  }

  private static String threads() {
    return Thread.getAllStackTraces().entrySet().stream()
        .map(
            one ->
                one.getKey().getName()
                    + " "
                    + one.getKey().getState()
                    + (one.getValue().length > 0 ? " " + one.getValue()[0] : ""))
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  private static String scope(Field field, Object test) throws IllegalAccessException {
    field.setAccessible(true);
    Supervisor scope = (Supervisor) field.get(test);
    return scope == null ? "none" : scope.describe() + "\n" + scope.journal();
  }
}
