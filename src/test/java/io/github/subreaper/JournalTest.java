package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.Doomed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What happened is in the journal, in order, and each line says it without the code. */
@Timeout(180)
class JournalTest {
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults()
          .withSettle(Duration.ZERO)
          .withGrace(Duration.ofMinutes(1))
          .withAwait(Await.LONG);

  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor = subreaper.open("work", OPTIONS);

  /** Replaces pids by letters in order of appearance, and durations by T. */
  private static List<String> normalized(Journal journal) {
    Map<String, String> names = new HashMap<>();
    List<String> lines = new ArrayList<>();
    for (String line : journal.toString().lines().toList()) {
      String text = line.replaceFirst("^ *[0-9.]+ s  ", "");
      text = text.replace("this JVM (pid " + ProcessHandle.current().pid() + ")", "this JVM");
      Matcher pid = Pattern.compile("(?<![0-9.])[0-9]{2,}(?![0-9.])").matcher(text);
      text =
          pid.replaceAll(
              found -> names.computeIfAbsent(found.group(), p -> "<" + (names.size() + 1) + ">"));
      lines.add(text.replaceAll("[0-9.]+ s$", "T"));
    }
    return lines;
  }

  @Test
  void daemonsLifeIsReportedInOrder() {
    Launch launch = supervisor.launch("sh", "-c", "sh -c 'setsid sleep 1000 & exit 0'; exit 0");
    launch.awaitExit();
    Descendant daemon = launch.awaitOrphan("sleep*");
    launch.stop();
    List<String> lines = normalized(launch.journal());
    assertThat(lines)
        .anyMatch(line -> line.matches("<[0-9]+> sh: launched"))
        .anyMatch(line -> line.matches("<[0-9]+> sh: exited 0 after T"))
        .anyMatch(line -> line.endsWith(" sleep: was sent SIGTERM by this JVM: asked to end"))
        .anyMatch(line -> line.matches("<[0-9]+> sleep: killed by SIGTERM after T"));
    assertThat(events(launch, daemon))
        .extracting(event -> event.getClass().getSimpleName())
        .containsSubsequence("Seen", "Adopted", "Signaled", "Exited");
  }

  private static List<ProcessEvent> events(Launch launch, Descendant process) {
    return launch.journal().events().stream()
        .filter(event -> event.process().equals(process))
        .toList();
  }

  @Test
  void eventsAreInOrderOfTime() {
    for (int i = 0; i < 20; i++) {
      supervisor.launch("sh", "-c", "true & true & wait").awaitExit();
    }
    List<ProcessEvent> events = supervisor.journal().events();
    assertThat(events).hasSizeGreaterThanOrEqualTo(40);
    assertThat(events.stream().map(ProcessEvent::nanos).toList()).isSorted();
    assertThat(supervisor.journal().stream().map(ProcessEvent::toString).limit(events.size()))
        .containsExactlyElementsOf(events.stream().map(ProcessEvent::toString).toList());
    assertThat(supervisor.journal().isExact()).isFalse();
  }

  @Test
  void listenerHearsWhatHappensUntilItIsClosed() {
    List<ProcessEvent> heard = Collections.synchronizedList(new ArrayList<>());
    Journal.Registration registration = supervisor.journal().onEvent(heard::add);
    Launch launch = supervisor.launch("sh", "-c", "exit 7");
    launch.awaitExit();
    registration.close();
    supervisor.launch("true").awaitExit();
    assertThat(heard).extracting(ProcessEvent::process).containsOnly(launch.process());
    assertThat(heard)
        .last()
        .isInstanceOfSatisfying(
            ProcessEvent.Exited.class,
            exited -> assertThat(exited.status()).isEqualTo(ExitStatus.exited(7)));
  }

  @Test
  void listenerThatThrowsSleepsLaunchesOrClosesItselfDisturbsNothing() throws Exception {
    CountDownLatch awake = new CountDownLatch(1);
    Journal journal = supervisor.journal();
    Journal.Registration sleeping =
        journal.onEvent(event -> Await.until(() -> awake.getCount() == 0));
    List<ProcessEvent> beforeTheThrow = Collections.synchronizedList(new ArrayList<>());
    Journal.Registration throwing =
        journal.onEvent(
            event -> {
              beforeTheThrow.add(event);
              throw new IllegalStateException("on purpose");
            });
    AtomicReference<Launch> launched = new AtomicReference<>();
    Journal.Registration launching =
        journal.onEvent(
            event -> {
              if (launched.get() == null) {
                launched.set(supervisor.launch("sh", "-c", "exit 3"));
              }
            });
    AtomicReference<Journal.Registration> self = new AtomicReference<>();
    List<ProcessEvent> once = Collections.synchronizedList(new ArrayList<>());
    self.set(
        journal.onEvent(
            event -> {
              Await.until(() -> self.get() != null);
              once.add(event);
              Objects.requireNonNull(self.get()).close();
            }));
    Launch launch = supervisor.launch("sh", "-c", "exit 7");
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(7));
    Await.until(() -> launched.get() != null);
    assertThat(Objects.requireNonNull(launched.get()).awaitExit()).isEqualTo(ExitStatus.exited(3));
    launching.close();
    throwing.close();
    Objects.requireNonNull(self.get()).close();
    assertThat(once).hasSize(1);
    assertThat(beforeTheThrow).hasSizeGreaterThan(2);
    awake.countDown();
    sleeping.close();
  }

  /** A listener that is never closed. */
  private static final class Hearing {
    private final List<ProcessEvent> events = Collections.synchronizedList(new ArrayList<>());
    private final AtomicReference<Thread> thread = new AtomicReference<>();
    private final Journal.Registration registration;

    Hearing(Journal journal) {
      registration =
          journal.onEvent(
              event -> {
                thread.set(Thread.currentThread());
                events.add(event);
              });
    }

    void awaitEvent(Class<? extends ProcessEvent> kind) {
      Await.until(() -> events.stream().anyMatch(kind::isInstance));
    }

    void awaitEnd() {
      Await.until(() -> thread.get() != null && !thread.get().isAlive());
    }
  }

  @Test
  void listenerThatIsNeverClosedEndsWithItsScope() {
    Supervisor inner = supervisor.open("inner", OPTIONS);
    Hearing outer = new Hearing(supervisor.journal());
    Hearing ofScope = new Hearing(inner.journal());
    Launch launch = inner.launch("sh", "-c", "sleep 1000 & wait");
    Hearing ofLaunch = new Hearing(launch.journal());
    inner.awaitDescendant("sleep*");
    inner.end();
    ofScope.awaitEnd();
    ofLaunch.awaitEnd();
    assertThat(ofScope.events).isEqualTo(inner.journal().events());
    assertThat(launch.journal().events()).endsWith(ofLaunch.events.toArray(ProcessEvent[]::new));
    assertThat(ofLaunch.events).filteredOn(ProcessEvent.Exited.class::isInstance).hasSize(2);
    ofScope.registration.close();

    supervisor.launch("sh", "-c", "exit 7").awaitExit();
    outer.registration.close();
    assertThat(outer.events).isEqualTo(supervisor.journal().events());
  }

  @Test
  void listenerOfAScopeThatHasEndedEndsAtOnce() {
    supervisor.launch("true").awaitExit();
    supervisor.end();
    List<Thread> before = listeners();
    Journal.Registration registration = supervisor.journal().onEvent(event -> {});
    Await.until(() -> before.containsAll(listeners()));
    registration.close();
  }

  private static List<Thread> listeners() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("subreaper journal listener"))
        .toList();
  }

  @Test
  void allowedSurvivorIsHeardByTheListenerOfItsLaunchUntilTheSessionEnds() {
    Subreaper session = Subreaper.activate();
    try {
      Supervisor test = session.open("test", OPTIONS.withSurvivors("sleep*"));
      Hearing ofScope = new Hearing(test.journal());
      Launch launch = test.launch("sleep", "1000");
      Hearing ofLaunch = new Hearing(launch.journal());
      ofScope.awaitEvent(ProcessEvent.Launched.class);
      test.end();
      ofScope.awaitEnd();
      assertThat(ofScope.events).noneMatch(ProcessEvent.Exited.class::isInstance);

      launch.process().signal(Signal.KILL);
      ofLaunch.awaitEvent(ProcessEvent.Exited.class);
      session.close();
      ofLaunch.awaitEnd();
      assertThat(supervisor.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
    } finally {
      session.close();
    }
  }

  @Test
  void scopesReadinessAndStopsAreInTheJournal() {
    Supervisor inner = supervisor.open("inner", OPTIONS);
    Launch launch = inner.launch("sh", "-c", "echo ready; sleep 1000; true");
    launch.awaitReady(Ready.output("^ready$"));
    // A shell in vfork(2) stops only after the exec of its child.
    inner.awaitDescendant("sleep 1000");
    try (Frozen frozen = launch.process().freeze()) {
      assertThat(frozen.processes()).isNotEmpty();
      assertThat(inner.tree().size()).isEqualTo(2);
    }
    inner.end();
    List<String> lines = normalized(supervisor.journal());
    assertThat(lines.get(0)).isEqualTo("scope work opened");
    assertThat(lines)
        .containsSubsequence(
            "scope inner opened",
            "<1> sh: launched",
            "<1> sh: ready: a line of stdout or stderr in which the regex /^ready$/ is found",
            "<1> sh: was sent SIGSTOP by this JVM: freeze()",
            "<1> sh: stopped by SIGSTOP (seen by a scan)",
            "<1> sh: was sent SIGCONT by this JVM: a freeze is over",
            "<1> sh: was sent SIGTERM by this JVM: asked to end",
            "scope inner ended");
    assertThat(normalized(inner.journal()).get(0)).isEqualTo("scope inner opened");
  }

  /** Negative control: the comparison that chaos makes finds what is missing. */
  @Test
  void comparisonWithProcessesOfAnotherScopeFindsThatTheirEventsAreMissing() {
    Supervisor one = supervisor.open("one", OPTIONS);
    Supervisor other = supervisor.open("other", OPTIONS);
    one.launch("true").awaitExit();
    other.launch("true").awaitExit();
    assertThat(JournalComparison.of(supervisor).faults()).isEmpty();
    JournalComparison mixed = JournalComparison.of(one.journal(), other.descendants());
    assertThat(mixed.faults())
        .hasSize(2)
        .allMatch(fault -> fault.what().contains("in the journal of"));
  }

  @Test
  void execOfAnotherFileIsDistinguishedFromAnotherCommandLine(@TempDir Path directory)
      throws Exception {
    Path go = directory.resolve("go");
    Path on = directory.resolve("on");
    Launch launch =
        supervisor.launch(
            "sh",
            "-c",
            "until [ -e \"$1\" ]; do :; done; exec sh -c 'until [ -e \"$1\" ]; do :; done;"
                + " exec sleep 1000' again \"$2\"",
            "first",
            go.toString(),
            on.toString());
    assertThat(launch.tree().size()).isEqualTo(1);
    Files.createFile(go);
    Await.until(() -> argumentsOf(launch).contains("again"));
    Files.createFile(on);
    Await.until(() -> argumentsOf(launch).contains("1000"));
    List<ProcessEvent> events = launch.journal().events();
    assertThat(events)
        .extracting(event -> event.getClass().getSimpleName())
        .containsExactly("Launched", "Renamed", "Executed");
    assertThat(events.get(1)).hasToString(launch.pid() + " sh: " + renamed(on));
    assertThat(events.get(2))
        .isInstanceOfSatisfying(
            ProcessEvent.Executed.class,
            executed -> {
              assertThat(executed.command()).containsExactly("sleep", "1000");
              assertThat(executed.executable()).isEqualTo(launch.process().executable());
              assertThat(executed.source()).isEqualTo(ProcessEvent.Source.SCAN);
            });
  }

  /**
   * As where it is looked at amid an exec, when the executable is new and the arguments are not.
   */
  @Test
  void execIsSeenThoughTheExecutableWasReadBeforeTheNewCommandLine(@TempDir Path directory)
      throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash, whose exec takes a name");
    Path shell = Files.copy(Path.of("/bin/bash"), directory.resolve("shell"));
    Path again = directory.resolve("again");
    Path other = directory.resolve("other");
    Path script = directory.resolve("script");
    Files.writeString(
        script,
        """
        if [ -z "$second" ]; then
          until [ -e %2$s ]; do :; done
          second=yes exec -a bash %1$s $0
        fi
        until [ -e %3$s ]; do :; done
        exec -a other %1$s -c 'sleep 1000; true'
        """
            .formatted(shell, again, other));
    Launch launch = supervisor.launch("bash", script.toString());
    assertThat(launch.process().executable()).isNotEqualTo(Optional.of(shell));
    Files.createFile(again);
    Await.until(() -> launch.process().executable().equals(Optional.of(shell)));
    Files.createFile(other);
    Await.until(() -> argumentsOf(launch).contains("other"));
    assertThat(
            launch.journal().events().stream()
                .filter(event -> event.process().pid() == launch.pid()))
        .extracting(event -> event.getClass().getSimpleName())
        .containsExactly("Launched", "Executed");
  }

  private static List<String> argumentsOf(Launch launch) {
    return launch.process().commandLine();
  }

  private static String renamed(Path on) {
    return "has the command line sh -c until [ -e \"$1\" ]; do :; done; exec sleep 1000 again "
        + on
        + " (seen by a scan)";
  }

  @Test
  void guardianThatIsReplacedIsInTheJournal() {
    int guardian = Doomed.guardianOf((int) ProcessHandle.current().pid());
    ProcessHandle.of(guardian).orElseThrow().destroyForcibly();
    Await.until(
        () ->
            normalized(supervisor.journal()).contains("the guardian had ended; another one runs"));
  }

  @Test
  void leakIsInTheJournalOfItsScope() throws Exception {
    new ProcessBuilder("sleep", "1000").start();
    supervisor.end(); // the watcher may have seen it before its exec
    assertThat(normalized(supervisor.journal()))
        .anyMatch(line -> line.matches("<1> \\S+: first seen \\(seen by a scan\\)"))
        .containsSubsequence(
            "<1> sleep: is a leak", "<1> sleep: was sent SIGTERM by this JVM: asked to end");
  }

  @Test
  void journalOfAnEndedSessionStaysReadable() {
    Launch launch = supervisor.launch("sh", "-c", "exit 7");
    launch.awaitExit();
    List<ProcessEvent> before = launch.journal().events();
    subreaper.close();
    assertThat(launch.journal().events()).hasSameSizeAs(before);
    assertThat(before).isNotEmpty();
  }
}
