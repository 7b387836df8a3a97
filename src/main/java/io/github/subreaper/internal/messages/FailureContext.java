package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.spawn.CanarySetup;
import io.github.subreaper.internal.engine.spawn.ClosedDirectory;
import io.github.subreaper.internal.engine.streams.Terminal;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.GlobMatcher;
import io.github.subreaper.internal.text.Text;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Describes the context of a failure, for its message: the tree, the statuses so far, the output.
 */
public final class FailureContext {
  private static final int STATUSES = 20;
  private static final Pattern SHELLS = Pattern.compile("(.*/)?(\\w*sh|busybox)");

  /** The place of the script in a command of a shell. */
  private static final int SCRIPT = 2;

  private static final Pattern SHELL_WITH_SCRIPT =
      Pattern.compile("(.*/)?(|ba|da|k|mk|z)sh -\\w*c");

  /**
   * A variable, a file below the home directory, a name with wildcards that is no regex, a word in
   * quotes, an operator.
   */
  private static final Pattern FOR_A_SHELL =
      Pattern.compile(
          ".*\\$(\\w+|\\{\\w+}).*|~/.*|(?!.*\\.\\*)[\\w./-]*[*?][\\w./*?-]*"
              + "|'.*'|\".*\"|&&?|\\|\\|?|;|\\d?[<>].*");

  private FailureContext() {}

  public static String of(Engine engine, Scope scope) {
    return frozen(scope.records())
        + background(engine, scope.records())
        + ProcessTreeText.asPs(engine.queries().snapshot(scope))
        + unsent(scope.records())
        + ended(engine, scope.records(), null);
  }

  public static String of(Engine engine, LaunchRecord launch) {
    ProcessRecord launcher = launch.process();
    return frozen(launch.records())
        + background(engine, launch.records())
        + unexpanded(launch)
        + ProcessTreeText.asPs(engine.queries().snapshot(launch))
        + line("launcher", launcher.pid() + " " + state(engine, launcher))
        + behindScript(launch)
        + unsent(launch.records())
        + openLine(launch)
        + ports(launch)
        + timeout(launch)
        + trace(engine, launch)
        + canaries(launch.planted())
        + ended(engine, launch.records(), launcher)
        + closed(engine, launch.records())
        + closed(engine, launch)
        + output(launch);
  }

  /** It is first: nothing else explains why a process does nothing. */
  private static String frozen(List<ProcessRecord> records) {
    for (ProcessRecord one : records) {
      CallSite site = one.isAlive() ? one.ending().stoppedAt() : null;
      if (site != null) {
        return line(
            "frozen",
            Text.command(one.name(), one.commandLine())
                + " (pid "
                + one.pid()
                + ") at "
                + site.text()
                + ", so it does nothing. To fix: close that Frozen before");
      }
    }
    return "";
  }

  /** A process that is sought among the orphans, and whose parent is alive. */
  public static String notOrphan(List<ProcessRecord> records, String glob) {
    GlobMatcher wanted = new GlobMatcher(glob);
    return records.stream()
        .filter(one -> one.isAlive() && !one.isOrphan())
        .filter(one -> wanted.matches(one.name(), one.commandLine()))
        .findFirst()
        .map(
            one ->
                ProcessText.of(one)
                    + " matches, but is no orphan: "
                    + (one.isLaunched()
                        ? "it was launched. To fix: launch.process()"
                        : "its parent, pid "
                            + one.parentPid()
                            + ", is alive. To fix: supervisor.awaitDescendant(…)"))
        .map(FailureContext::note)
        .orElse("");
  }

  /** Each launch leads a process group, which the terminal of the build has in the background. */
  private static String background(Engine engine, List<ProcessRecord> records) {
    for (ProcessRecord one : records) {
      ProcessStat stat = one.isAlive() ? engine.kernel().procfs.stat(one.pid()) : null;
      if (stat != null && one.is(stat) && stat.isStoppedInBackground()) {
        return line(
            "stopped",
            Text.command(one.name(), one.commandLine())
                + " (pid "
                + one.pid()
                + ") is in the background of "
                + stat.terminal()
                + ", where a program stops when it reads the terminal or changes its settings"
                + " (SIGTTIN, SIGTTOU). To fix: withStandardInput(…), or a terminal of its own by"
                + " withTerminal()");
      }
    }
    return "";
  }

  /** A word that is meant for a shell, and that the program has printed as it is. */
  private static String unexpanded(LaunchRecord launch) {
    List<String> words = launch.spec().command();
    String output = launch.output().endOfStdout() + launch.output().endOfStderr();
    return SHELLS.matcher(words.get(0)).matches()
        ? ""
        : words.stream()
            .skip(1)
            .filter(word -> FOR_A_SHELL.matcher(word).matches() && output.contains(word))
            .findFirst()
            .map(word -> note("no shell has read `" + word + "`: launch it by sh, -c"))
            .orElse("");
  }

  /** The words behind the script of a shell are $0, $1, …, which this script does not use. */
  private static String behindScript(LaunchRecord launch) {
    List<String> words = launch.spec().command();
    if (words.size() <= SCRIPT + 1 || !words.get(SCRIPT).matches("[^\\s$]+")) {
      return "";
    }
    String shell = String.join(" ", words.subList(0, SCRIPT));
    return SHELL_WITH_SCRIPT.matcher(shell).matches()
        ? note(
            "`"
                + shell
                + "` takes one word as its script, here `"
                + Text.safe(words.get(SCRIPT))
                + "`: launch(\""
                + shell.replace(" ", "\", \"")
                + "\", \""
                + Text.safe(String.join(" ", words.subList(SCRIPT, words.size())))
                + "\")")
        : "";
  }

  private static String closed(Engine engine, LaunchRecord launch) {
    String closed = ClosedDirectory.of(engine.kernel(), launch.spec());
    return closed == null ? "" : note(closed);
  }

  /** Without it, what a test waits for after a signal seems to be missing for no reason. */
  private static String unsent(List<ProcessRecord> records) {
    StringBuilder text = new StringBuilder();
    for (ProcessRecord one : records) {
      int signal = one.ending().unsent();
      if (signal != 0) {
        boolean hasDaemon = one.isLaunched() && records.stream().anyMatch(ProcessRecord::isOrphan);
        text.append(
            note(
                SignalNumber.name(signal)
                    + " was not sent: "
                    + (hasDaemon
                        ? "the launcher has ended; signal the daemon (awaitOrphan())"
                        : ProcessText.of(one) + " had ended")));
      }
    }
    return text.toString();
  }

  private static String openLine(LaunchRecord launch) {
    Terminal terminal = launch.streams().terminal();
    return note(
        terminal != null && terminal.isLineOpen()
            ? "the text last written to the terminal has no newline at its end, so a shell has not"
                + " read it: write \"…\\n\""
            : "");
  }

  /** Returns a line with a hint; empty if that is. */
  public static String note(String hint) {
    return hint.isEmpty() ? "" : line("note", hint);
  }

  private static String ports(LaunchRecord launch) {
    Map<String, Integer> ports = launch.spec().ports();
    return ports.isEmpty() ? "" : line("ports", ports.toString());
  }

  /** Without it, the signal that ended the launch seems to come from nowhere. */
  private static String timeout(LaunchRecord launch) {
    return launch.hasTimedOut()
        ? line(
            "timeout",
            "the launch was stopped, because its withTimeout("
                + Durations.say(Objects.requireNonNull(launch.spec().timeout()))
                + ") was over")
        : "";
  }

  private static String trace(Engine engine, LaunchRecord launch) {
    String failed = TraceText.failed(engine, launch);
    return failed == null ? "" : line("trace", failed);
  }

  /** The program may have failed because of what was planted around it. */
  private static String canaries(@Nullable CanarySetup planted) {
    return planted == null
        ? ""
        : line(
            "canaries",
            (planted.umask() == null
                    ? ""
                    : String.format(Locale.ROOT, "umask %04o, ", planted.umask()))
                + "descriptor "
                + planted.descriptor()
                + " open, "
                + SignalNumber.name(planted.ignored())
                + " ignored, "
                + SignalNumber.name(planted.blocked())
                + " blocked. If one of them made it fail, launch it without withCanaries()");
  }

  /** A socket may be missing only because this JVM may not read the descriptors of its process. */
  private static String closed(Engine engine, List<ProcessRecord> records) {
    StringBuilder text = new StringBuilder();
    for (ProcessRecord one : records) {
      if (one.isAlive() && !engine.kernel().descriptors().areReadable(one.pid())) {
        text.append(
            line(
                "note",
                "the descriptors of "
                    + Text.command(one.name(), one.commandLine())
                    + " (pid "
                    + one.pid()
                    + ") may not be read, so its sockets are unknown: the process belongs to another"
                    + " user, is set-user-ID or is not dumpable (root may read them)"));
      }
    }
    return text.toString();
  }

  public static String output(LaunchRecord launch) {
    return stream("stdout", launch, false, launch.output().endOfStdout())
        + stream("stderr", launch, true, launch.output().endOfStderr());
  }

  private static String stream(String name, LaunchRecord launch, boolean isError, String text) {
    String loss = launch.hasStarted() ? launch.output().loss(isError) : null;
    return Text.tail(name, text)
        + (loss == null ? "" : line(name, "some of it may be missing: " + Text.safe(loss)));
  }

  private static String ended(
      Engine engine, List<ProcessRecord> records, @Nullable ProcessRecord launcher) {
    StringBuilder text = new StringBuilder();
    List<ProcessRecord> ended =
        records.stream().filter(one -> one != launcher && !one.isAlive()).toList();
    String heading = "ended";
    for (ProcessRecord one : ended.subList(0, Math.min(STATUSES, ended.size()))) {
      String what =
          one.pid() + " " + Text.command(one.name(), one.commandLine()) + ": " + state(engine, one);
      text.append(line(heading, (one.isOrphan() ? "orphan " : "") + what));
      heading = "";
    }
    if (ended.size() > STATUSES) {
      text.append(line("", "and " + (ended.size() - STATUSES) + " more"));
    }
    return text.toString();
  }

  private static String state(Engine engine, ProcessRecord process) {
    if (process.isAlive()) {
      return "is still running";
    }
    if (!process.exitSeen()) {
      return "has ended, and its parent, pid " + process.parentPid() + ", has not collected it yet";
    }
    return EndingText.words(engine, process).orElse("")
        + EndingText.lived(engine, process)
        + (process.commandLine().isEmpty()
            ? " (it died before it could be observed; no command line)"
            : "");
  }

  private static String line(String heading, String text) {
    return String.format(Locale.ROOT, "  %-9s %s%n", heading, text);
  }
}
