package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ProcessEvent.Continued;
import io.github.subreaper.ProcessEvent.Executed;
import io.github.subreaper.ProcessEvent.Exited;
import io.github.subreaper.ProcessEvent.Ready;
import io.github.subreaper.ProcessEvent.Renamed;
import io.github.subreaper.ProcessEvent.Signaled;
import io.github.subreaper.ProcessEvent.Stopped;
import io.github.subreaper.testing.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is in the journal that is not a fact, and no fact is there twice. */
@Timeout(180)
@Tag("slow")
class JournalFactsTest extends ScopeFixture {
  private <T extends ProcessEvent> List<T> events(Class<T> type, Descendant process) {
    return scope.journal().events().stream()
        .filter(event -> event.process().equals(process) && type.isInstance(event))
        .map(type::cast)
        .toList();
  }

  private static void awaitState(Descendant process, ProcessState state) {
    Await.until(() -> process.details().state() == state);
  }

  private Descendant stopped() {
    Descendant process = scope.launch("sleep", "1000").process();
    process.signal(Signal.STOP);
    awaitState(process, ProcessState.STOPPED);
    scope.tree();
    assertThat(events(Stopped.class, process)).hasSize(1);
    return process;
  }

  /** If the library has not sent the signal, only /proc shows that the process dies. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void processThatIsKilledWhileStoppedIsNotReportedAsContinued(boolean byTheLibrary) {
    for (int i = 0; i < 50; i++) {
      Descendant process = stopped();
      if (byTheLibrary) {
        process.signal(Signal.KILL);
      } else {
        ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly();
      }
      scope.tree(); // sees it run in order to die, or dead
      process.awaitExit();
      assertThat(events(Continued.class, process)).isEmpty();
    }
  }

  @Test
  void processThatGoesOnIsReportedAsContinued() {
    Descendant process = stopped();
    process.signal(Signal.CONT);
    awaitState(process, ProcessState.SLEEPING);
    scope.tree();
    assertThat(events(Continued.class, process)).hasSize(1);
    assertThat(events(Signaled.class, process)).extracting(Signaled::signal).hasSize(2);
  }

  /** /proc shows that it is stopped, not by which signal. */
  @Test
  void stopOfAProcessThatIsNoChildIsNotReportedIfItsSignalIsUnknown() {
    Launch launch = scope.launch("sh", "-c", "sh -c 'kill -STOP $$; true' inner; true");
    Descendant inner = scope.awaitDescendant("sh * inner");
    awaitState(inner, ProcessState.STOPPED);
    scope.tree();
    assertThat(launch.journal().events()).noneMatch(Stopped.class::isInstance);
  }

  @Test
  void newTitleOfAProcessWhoseFileIsRemovedIsNoExec() throws Exception {
    Path perl = Files.copy(Path.of("/usr/bin/perl"), directory.resolve("perl"));
    Path go = directory.resolve("go");
    Launch launch =
        scope.launch(
            perl.toString(),
            "-e",
            "print \"here\\n\"; $| = 1; until (-e $ARGV[0]) { select(undef, undef, undef, 0.01) }"
                + " $0 = 'another title'; sleep 1000",
            go.toString());
    Descendant process = launch.process();
    Await.until(() -> process.commandLine().contains("-e"));
    scope.tree();
    Files.delete(perl);
    Files.createFile(go);
    Await.until(() -> String.join(" ", process.commandLine()).contains("another title"));
    Await.until(
        () -> {
          scope.tree(); // one that was made before does not show it
          return !events(Renamed.class, process).isEmpty();
        });
    assertThat(events(Executed.class, process)).isEmpty();
    assertThat(events(Renamed.class, process)).hasSize(1);
  }

  @Test
  void eachConditionOfALaunchIsReportedOnce() {
    Launch launch = scope.launch("sh", "-c", "echo up; exec sleep 1000");
    for (int i = 0; i < 3; i++) {
      launch.awaitReady(io.github.subreaper.Ready.output("^up$"));
    }
    assertThat(events(Ready.class, launch.process())).hasSize(1);
  }

  @Test
  void megabytesOfArgumentsAreCut() {
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "exec sh -c 'exec sleep 1000' \"$@\""));
    command.addAll(Collections.nCopies(19, "x".repeat(100_000)));
    Launch launch = scope.launch(command.toArray(String[]::new));
    Await.until(
        () -> {
          scope.tree();
          return launch.process().name().equals("sleep");
        });
    assertThat(launch.journal().toString()).hasSizeLessThan(20_000);
  }

  @Test
  void parallelStreamHasEachEventOnce() {
    for (int i = 0; i < 30; i++) {
      scope.launch("true").awaitExit();
    }
    List<ProcessEvent> events = scope.journal().events();
    Set<ProcessEvent> identities = Collections.newSetFromMap(new IdentityHashMap<>());
    List<ProcessEvent> parallel = scope.journal().stream().parallel().collect(Collectors.toList());
    identities.addAll(parallel);
    assertThat(parallel).containsExactlyElementsOf(events);
    assertThat(identities).hasSameSizeAs(events);
  }

  @Test
  void eventThatIsReadTwiceIsEqualAndHasTheSameTime() {
    scope.launch("true").awaitExit();
    List<ProcessEvent> first = scope.journal().events();
    List<ProcessEvent> again = scope.journal().events();
    assertThat(again).isEqualTo(first).hasSameHashCodeAs(first);
    assertThat(again)
        .extracting(ProcessEvent::at)
        .containsExactlyElementsOf(first.stream().map(ProcessEvent::at).toList());
    assertThat(first.get(0)).isNotEqualTo(first.get(1));
  }

  @Test
  void textIsTheSameInEachLocale() {
    scope.launch("true").awaitExit();
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertThat(scope.journal().toString().lines())
          .allMatch(line -> line.matches(" *[0-9]+[.][0-9]{3} s  .*"));
    } finally {
      Locale.setDefault(before);
    }
  }

  /** A listener that hears of an end can ask the process for it. */
  @Test
  void listenerSeesTheStateThatTheEventReports() {
    List<Optional<ExitStatus>> seen = Collections.synchronizedList(new ArrayList<>());
    Journal.Registration registration =
        scope
            .journal()
            .onEvent(
                event -> {
                  if (event instanceof Exited exited) {
                    seen.add(exited.process().exitStatus());
                  }
                });
    for (int i = 0; i < 50; i++) {
      scope.launch("true").awaitExit();
    }
    registration.close();
    assertThat(seen).hasSize(50).containsOnly(Optional.of(ExitStatus.exited(0)));
  }

  @Test
  void signalToAProcessThatHasEndedIsNotReported() {
    Launch launch = scope.launch("sh", "-c", "exit 3");
    Descendant process = launch.process();
    launch.awaitExit();
    launch.stop();
    assertThat(events(Signaled.class, process)).isEmpty();
    assertThat(events(Exited.class, process)).hasSize(1);
  }
}
