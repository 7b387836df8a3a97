package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessDetails;
import io.github.subreaper.ProcessDetails.OpenFile;
import io.github.subreaper.ProcessNotReadableException;
import io.github.subreaper.Signal;
import io.github.subreaper.assertj.Daemonization.Finding;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.Canaries;
import io.github.subreaper.internal.assertj.facts.FileIdentity;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.text.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks the conventions of daemons, one by one. A check that cannot fail counts as not tested. */
final class ConventionChecks {
  private static final int LONGEST = 300;
  private static final String NULL = "/dev/null";
  private static final String NO_CANARIES = "launched without Program.withCanaries()";
  private static final String NO_LAUNCH = "not known to be part of a launch";
  private static final int STREAMS = 3;

  private static final Outcome UNREADABLE =
      Outcome.notTested("its descriptors may not be read, except by root");

  private final Descendant process;
  private final ProcessDetails details;
  private final @Nullable Path pidFile;
  private final @Nullable Launch launch;
  private final @Nullable Canaries canaries;

  /** Null if they may not be read: the process is another user's, or not dumpable (key agents). */
  private final @Nullable List<OpenFile> openFiles;

  /** Whether it may be ready after its launcher has returned. */
  private final boolean mayBeLate;

  ConventionChecks(Descendant process, @Nullable Path pidFile, boolean mayBeLate) {
    this.mayBeLate = mayBeLate;
    this.process = process;
    this.details = process.details();
    this.pidFile = pidFile;
    this.launch = process.launch().orElse(null);
    this.canaries = launch == null ? null : Access.get().canaries(launch).orElse(null);
    this.openFiles = readable(details);
  }

  private static @Nullable List<OpenFile> readable(ProcessDetails details) {
    try {
      return details.openFiles();
    } catch (ProcessNotReadableException e) {
      return null;
    }
  }

  Finding check(Convention convention) {
    Outcome outcome =
        switch (convention) {
          case OWN_SESSION -> session();
          case NOT_SESSION_LEADER -> leader();
          case NO_CONTROLLING_TERMINAL -> terminal();
          case ORPHAN -> orphan();
          case STANDARD_STREAMS_DETACHED -> openFiles == null ? UNREADABLE : streams(openFiles);
          case NO_INHERITED_DESCRIPTORS -> openFiles == null ? UNREADABLE : descriptors(openFiles);
          case WORKING_DIRECTORY -> directory();
          case UMASK -> umask();
          case SIGNAL_MASK -> mask();
          case SIGNAL_DISPOSITIONS -> dispositions();
          case PID_FILE ->
              pidFile == null
                  ? Outcome.notTested("no pid file was given: isDaemonized(pidFile)")
                  : new PidFileCheck(process, launch, pidFile, mayBeLate).outcome();
          case LAUNCHER_SUCCEEDED -> launcher();
          case READY_WHEN_LAUNCHER_RETURNED -> openFiles == null ? UNREADABLE : ready();
        };
    return new Finding(convention, outcome.verdict(), Naming.printable(outcome.found(), LONGEST));
  }

  /**
   * A launcher that called setsid(2) shows its new session, which the daemon may inherit. On a
   * terminal it leads a session from the start.
   */
  private Outcome session() {
    if (launch == null) {
      return Outcome.notTested(NO_LAUNCH);
    }
    OptionalInt launchers = launch.process().sessionId();
    boolean inherited =
        launchers.equals(OptionalInt.of(details.sessionId()))
            && (Access.get().hasTerminal(launch) || details.sessionId() != launch.pid());
    return Outcome.of(
        !inherited,
        inherited
            ? "session " + details.sessionId() + ", as its launcher"
            : "session " + details.sessionId() + ", launcher's was " + number(launchers));
  }

  private static String number(OptionalInt value) {
    return value.isEmpty() ? "not seen" : String.valueOf(value.getAsInt());
  }

  private Outcome leader() {
    boolean leads = details.sessionId() == process.pid();
    return Outcome.of(
        !leads,
        leads
            ? "it leads session "
                + details.sessionId()
                + ": forked once after setsid, or not at all"
            : "session "
                + details.sessionId()
                + " is led by another process, or its leader has ended");
  }

  private Outcome terminal() {
    Optional<String> terminal = details.terminal();
    if (terminal.isPresent()) {
      return Outcome.fail(terminal.get());
    }
    if (launch != null && Access.get().hasTerminal(launch)) {
      return details.sessionId() == launch.pid()
          ? Outcome.notProven(
              "none, but its session had " + launch.terminal() + " until the end of its leader")
          : Outcome.ok("none, the launcher's was " + launch.terminal());
    }
    if (canaries == null) {
      return Outcome.notTested("none; " + NO_CANARIES);
    }
    return canaries
        .terminal()
        .map(launchers -> Outcome.ok("none, the launcher's was " + launchers))
        .orElseGet(() -> Outcome.notTested("none; this JVM has none to inherit"));
  }

  private Outcome orphan() {
    return Outcome.of(
        process.isOrphan(),
        process.isOrphan()
            ? "by this JVM"
            : "its parent " + details.parentPid() + " has not ended");
  }

  private Outcome streams(List<OpenFile> files) {
    List<String> found = new ArrayList<>();
    boolean detached = true;
    for (int descriptor = 0; descriptor < STREAMS; descriptor++) {
      String target = target(files, descriptor);
      detached &=
          target != null && isStream(target) && !isTerminal(target) && !isOfTheLaunch(target);
      found.add(stream(descriptor, target));
    }
    if (detached && found.stream().allMatch(one -> one.endsWith(NULL))) {
      found = List.of("0,1,2 → " + NULL);
    }
    String text = String.join(", ", found);
    return Outcome.of(
        detached, detached && canaries == null ? text + " (but 0 was so from the start)" : text);
  }

  private String stream(int descriptor, @Nullable String target) {
    if (target == null) {
      return descriptor + " is closed: the next file that the process opens gets this number";
    }
    if (!isStream(target)) {
      return descriptor + " → " + target + ", opened when " + descriptor + " was closed";
    }
    return descriptor + " → " + (isOfTheLaunch(target) ? "still that of the launch" : target);
  }

  /** A file, device or pipe; not a socket, an epoll instance and the like. */
  private static boolean isStream(String target) {
    return target.startsWith("/") || target.startsWith("pipe:");
  }

  private static @Nullable String target(List<OpenFile> files, int descriptor) {
    return files.stream()
        .filter(file -> file.descriptor() == descriptor)
        .map(OpenFile::target)
        .findFirst()
        .orElse(null);
  }

  private static boolean isTerminal(String target) {
    return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
  }

  /** Excludes /dev/null, which proves nothing: any process may open it. */
  private boolean isOfTheLaunch(String target) {
    return launch != null
        && !target.equals(NULL)
        && Access.get().standardStreams(launch).stream()
            .map(Path::toString)
            .anyMatch(path -> target.equals(path) || target.equals(path + " (deleted)"));
  }

  private Outcome descriptors(List<OpenFile> files) {
    List<String> inherited =
        files.stream()
            .filter(file -> file.descriptor() >= STREAMS)
            .filter(file -> isCanary(file) || isOfTheLaunch(file.target()))
            .map(
                file ->
                    file.descriptor()
                        + " → "
                        + (isCanary(file)
                            ? "the canary planted at launch is still open"
                            : "a standard stream of the launch"))
            .toList();
    return !inherited.isEmpty()
        ? Outcome.fail(String.join(", ", inherited))
        : canaries == null
            ? Outcome.notTested(NO_CANARIES)
            : Outcome.ok(canaries.descriptor() + ", planted at launch, is closed");
  }

  private boolean isCanary(OpenFile file) {
    return canaries != null && file.target().equals(canaries.file().toString());
  }

  private Outcome directory() {
    if (launch == null) {
      return Outcome.notTested(NO_LAUNCH);
    }
    Path launched = launch.directory();
    if (launched.equals(Path.of("/"))) {
      return Outcome.notTested("launched in / itself: see Program.withDirectory");
    }
    Path found = openFiles == null ? null : process.workingDirectory().orElse(null);
    if (found == null) {
      return Outcome.notTested("it may not be read, except by root");
    }
    return FileIdentity.areSame(found, launched)
        ? Outcome.fail(found + ", where it was launched")
        : Outcome.ok(found.equals(Path.of("/")) ? "/" : found + ", its own choice");
  }

  private Outcome umask() {
    OptionalInt umask = details.umask();
    if (canaries == null || umask.isEmpty()) {
      return Outcome.notTested(canaries == null ? NO_CANARIES : "unknown: needs Linux 4.7");
    }
    String found = Naming.octal(umask.getAsInt());
    if (canaries.umask().isEmpty()) {
      return Outcome.notTested(found + "; launched with Program.withUmask()");
    }
    if (umask.equals(canaries.umask())) {
      return Outcome.fail(found + ", as planted at launch");
    }
    int planted = canaries.umask().getAsInt();
    return (umask.getAsInt() & planted) == planted
        ? Outcome.notProven(
            found + ", its own choice or added to " + Naming.octal(planted) + ", planted at launch")
        : Outcome.ok(umask.getAsInt() == 0 ? found : found + ", its own choice");
  }

  private Outcome mask() {
    return canaries == null
        ? Outcome.notTested(NO_CANARIES)
        : still(details.blockedSignals(), canaries.blocked(), "blocked");
  }

  private Outcome dispositions() {
    return canaries == null
        ? Outcome.notTested(NO_CANARIES)
        : still(details.ignoredSignals(), canaries.ignored(), "ignored");
  }

  private static Outcome still(Set<Signal> signals, Signal canary, String how) {
    return signals.contains(canary)
        ? Outcome.fail(canary + ", " + how + " at launch, is still " + how)
        : Outcome.ok(canary + ", " + how + " at launch, is not any more");
  }

  private Outcome launcher() {
    if (launch == null) {
      return Outcome.notTested(NO_LAUNCH);
    }
    if (launch.process().equals(process)) {
      return Outcome.fail("it is the launched process itself: it stays in the foreground");
    }
    Optional<ExitStatus> status = launch.process().exitStatus();
    return Outcome.of(
        status.filter(ExitStatus.exited(0)::equals).isPresent(),
        "the launcher "
            + launch.pid()
            + " "
            + Naming.end(launch.process()).orElse("is still running"));
  }

  private Outcome ready() {
    if (launch == null || canaries == null) {
      return Outcome.notTested(NO_CANARIES);
    }
    List<String> sockets =
        Stream.concat(
                process.listeningAddresses().stream().map(Text::address),
                process.listeningPaths().stream().map(Path::toString))
            .toList();
    Optional<Set<String>> late =
        Access.get().listenersAfterReturn(launch, process).map(Set::copyOf);
    if (sockets.isEmpty() || late.isEmpty()) {
      return Outcome.notTested(
          sockets.isEmpty() ? "it listens on nothing" : "the launcher has not returned");
    }
    if (late.get().isEmpty()) {
      return Outcome.notProven(
          "it listened on "
              + String.join(", ", sockets)
              + " when the launcher's end was seen, a moment after it");
    }
    String found =
        late.get().stream()
            .sorted()
            .collect(Collectors.joining(", ", "no process listened yet on ", ""));
    return mayBeLate ? Outcome.ok(found + ", and now it does") : Outcome.fail(found);
  }
}
