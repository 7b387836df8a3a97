package io.github.subreaper.testing;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

/**
 * Exercises all promises of the library once, and prints the results as lines {@code name=value}.
 * The last line is {@code open=} when the program waits to be killed, or {@code refused=} with the
 * reason why the activation was refused.
 *
 * <p>Takes a mark that all sleeping processes carry in their command line, the program {@code
 * hiding}, and modes: {@code virtual} (a virtual thread does everything), {@code loaders} (a second
 * class loader activates too), {@code nested} (two JVMs below this one run this program at the same
 * time), {@code closes} (it closes and exits instead of waiting, and halts if it hangs; the last
 * line is {@code children=}, those that are left).
 */
public final class Conformance {
  private static final int PROCESSES = 50;
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private final String mark;
  private final String hiding;
  private final List<String> special;

  private Conformance(String[] arguments) {
    mark = arguments[0];
    hiding = arguments[1];
    special = List.of(arguments).subList(2, arguments.length);
  }

  public static void main(String[] arguments) throws Exception {
    say("pid", ProcessHandle.current().pid());
    Conformance conformance = new Conformance(arguments);
    if (conformance.special.contains("closes")) {
      haltWhereItHangs();
    }
    if (conformance.special.contains("input") && isInputAPipe()) {
      haltAtTheEndOfInput();
    }
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    Runnable all =
        () -> {
          try {
            done.complete(conformance.run());
          } catch (Throwable e) {
            done.completeExceptionally(e);
          }
        };
    if (conformance.special.contains("virtual")) {
      VirtualThreads.unstarted(all).start();
    } else {
      all.run();
    }
    if (done.get()) {
      new CountDownLatch(1).await();
    }
  }

  /** A denied call may make any step wait for ever: the stack shows which. */
  private static void haltWhereItHangs() {
    Thread main = Thread.currentThread();
    startDaemon(
        () -> {
          try {
            main.join(LONGEST.toMillis());
          } catch (InterruptedException e) {
            return;
          }
          if (main.isAlive()) {
            say("hangs", List.of(main.getStackTrace()));
            Runtime.getRuntime().halt(3);
          }
        });
  }

  /** It is {@code /dev/null} below the init of a namespace. No native code is loaded for it. */
  private static boolean isInputAPipe() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/0")).toString().startsWith("pipe:");
    } catch (IOException e) {
      return false; // no /proc
    }
  }

  /** The test holds its input: this JVM must not outlive one that was killed. */
  private static void haltAtTheEndOfInput() {
    startDaemon(
        () -> {
          try {
            System.in.transferTo(OutputStream.nullOutputStream());
          } catch (IOException e) {
            say("input", e);
          }
          Runtime.getRuntime().halt(1);
        });
  }

  private static void startDaemon(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    thread.start();
  }

  private static void say(String name, Object value) {
    System.out.println(name + "=" + value);
  }

  /** Returns whether to wait to be killed: not if the activation is refused. */
  private boolean run() throws Exception {
    try {
      Subreaper.activate().close();
      Subreaper subreaper = Subreaper.activate(); // a second time, as a second test plan would
      if (special.contains("loaders")) {
        say("otherLoader", activateInAnotherLoader());
      }
      if (special.contains("homeless")) {
        Files.delete(Path.of("").toAbsolutePath());
      }
      try (Supervisor supervisor = subreaper.open("kept", patient())) {
        FutureTask<Integer> wrong = new FutureTask<>(this::wrongStatuses);
        new Thread(wrong).start();
        say("status", daemonStatus(supervisor));
        say("wrongStatuses", wrong.get());
        say("deaf", endOfADeafProgram(supervisor));
        if (special.contains("nested")) {
          say("nested", nested(supervisor));
        }
        leak("1");
        ScopeReport report = supervisor.end();
        say("leaked", report.leaked().size());
        say("survivors", report.survivors().size());
        say("report", report.toString().replace('\n', '|'));
      }
      say("foreign", subreaper.foreign().size());
      if (special.contains("closes")) {
        subreaper.close();
        say("children", Linux.childrenOf(Procfs.SELF).size());
        return false;
      }
      Supervisor open = subreaper.open("killed", patient());
      leak("2");
      open.launch("sh", "-c", "setsid sleep 1000." + mark + "3 & exit 0").awaitExit();
      say("open", open.tree().size());
      return true;
    } catch (UnsupportedSystemException e) {
      say("refused", String.valueOf(e.getMessage()));
      return false;
    }
  }

  private static ScopeOptions patient() {
    return ScopeOptions.defaults()
        .withAwait(Duration.ofMinutes(2))
        .withGrace(Duration.ofSeconds(10))
        .withSettle(Duration.ZERO);
  }

  /** No status is lost: returns the status of a daemon. */
  private String daemonStatus(Supervisor supervisor) {
    String sleep = "sleep 1000." + mark + "1";
    Launch launch = supervisor.launch("setsid", "-f", "sh", "-c", sleep + "; exit 7");
    Descendant daemon = launch.awaitOrphan();
    supervisor.awaitDescendant(sleep).signal(Signal.KILL);
    return daemon.awaitExit().toString();
  }

  /** A program that ignores the stop signal is killed: returns how it ended. */
  private String endOfADeafProgram(Supervisor supervisor) {
    Supervisor hasty = supervisor.open("hasty", patient().withGrace(Duration.ofMillis(100)));
    String sleep = "sleep 1000." + mark + "1";
    Launch deaf =
        hasty.launch("sh", "-c", "trap '' TERM; echo ready; while :; do " + sleep + "; done");
    deaf.awaitOutput("ready");
    hasty.close();
    return deaf.process().ending().orElseThrow().toString();
  }

  /** Nothing else is touched: returns how many statuses of {@code java.lang.Process} were wrong. */
  private int wrongStatuses() throws Exception {
    int wrong = 0;
    for (int code = 1; code <= PROCESSES; code++) {
      String text = Integer.toString(code);
      wrong += isWrong(code, "sh", "-c", "exit " + text) + isWrong(code, hiding, "exit", text);
    }
    return wrong;
  }

  private static int isWrong(int code, String... command) throws Exception {
    Process process = new ProcessBuilder(command).start();
    int status = process.waitFor();
    if (status == code) {
      return 0;
    }
    say("wrongStatus", process.pid() + " " + String.join(" ", command) + " gave " + status);
    return 1;
  }

  /** Nothing is left: starts four processes, two of which only the kernel can inspect. */
  private void leak(String suffix) throws Exception {
    String sleep = "sleep 1000." + mark + suffix;
    new ProcessBuilder("sh", "-c", "setsid " + sleep + " & exit 0").start().waitFor();
    new ProcessBuilder(hiding, mark + suffix).start().waitFor();
    String raise =
        special.contains("elder") ? "" : "raise"; // without a tag it could be a child of the elder
    new ProcessBuilder(hiding, mark + suffix, raise).start().waitFor();
    new ProcessBuilder("sleep", "1000." + mark + suffix).start();
  }

  /**
   * Runs two JVMs below this one, kills the first while the second works, and returns their output.
   */
  private String nested(Supervisor supervisor) {
    Launch first = supervisor.launch(anotherJvm("8"));
    Launch second = supervisor.launch(anotherJvm("9"));
    first.awaitOutput("^open=");
    first.process().signal(Signal.KILL);
    second.awaitOutput("^open=");
    return first.stdout().replace('\n', '|') + second.stdout().replace('\n', '|');
  }

  private String[] anotherJvm(String suffix) {
    ProcessHandle.Info self = ProcessHandle.current().info();
    List<String> command = new ArrayList<>(List.of(self.command().orElseThrow()));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Conformance.class.getName(), mark + suffix, hiding));
    return command.toArray(String[]::new);
  }

  /** Activates the library in a second class loader of this JVM, and returns the result. */
  private static String activateInAnotherLoader() throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(":", -1)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    ClassLoader parent = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader other = new URLClassLoader("other", path.toArray(URL[]::new), parent)) {
      other.loadClass(Subreaper.class.getName()).getMethod("activate").invoke(null);
      return "activated";
    } catch (InvocationTargetException e) {
      return String.valueOf(e.getCause()).replace('\n', '|');
    }
  }
}
