package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.journal.Fact.Kind;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.journal.FactLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the engine tells what happens, each fact once. The lock over all records is held, so the
 * order of the facts is that in which the records change.
 */
public final class Facts {
  private final RecordLock lock;
  private final FactLog log;
  private boolean incomplete;

  Facts(RecordLock lock, FactLog log) {
    this.lock = lock;
    this.log = log;
  }

  public FactLog log() {
    return log;
  }

  /** It was launched, or seen for the first time; perhaps it is foreign. */
  void recorded(ProcessRecord process) {
    if (process.isLaunched()) {
      add(Kind.LAUNCHED, Source.LIBRARY, process, 0, List.of());
    } else {
      add(Kind.SEEN, sight(process), process, 0, List.of());
    }
    if (process.isForeign()) {
      foreign(process);
    }
  }

  void foreign(ProcessRecord process) {
    add(Kind.FOREIGN, sight(process), process, 0, List.of());
  }

  /** Only a wait tells of a zombie; the flight recorder of what has ended before any sight. */
  private static Source sight(ProcessRecord process) {
    return process.exitSeen()
        ? Source.LIBRARY
        : process.observed().isZombie() ? Source.WAIT : Source.SCAN;
  }

  /** It executes another file than before. */
  void executed(ProcessRecord process) {
    List<String> words = new ArrayList<>();
    words.add(process.executable() == null ? "" : process.executable());
    words.addAll(process.commandLine());
    add(Kind.EXECUTED, Source.SCAN, process, 0, words);
  }

  /** It has another command line: it has exec'd the same file, or written a title over it. */
  void renamed(ProcessRecord process) {
    add(Kind.RENAMED, Source.SCAN, process, 0, process.commandLine());
  }

  void adopted(ProcessRecord process) {
    add(Kind.ADOPTED, sight(process), process, 0, List.of());
  }

  /** Its launch is ready. The lock need not be held. */
  public void ready(ProcessRecord process, String condition) {
    lock.run(() -> add(Kind.READY, Source.LIBRARY, process, 0, List.of(condition)));
  }

  void signaled(ProcessRecord process, int signal, Why why) {
    add(Kind.SIGNALED, Source.LIBRARY, process, signal, List.of(why.text()));
  }

  /** A scan sees it stopped, and it is known by which signal. */
  void stopped(ProcessRecord process, int signal) {
    add(Kind.STOPPED, Source.SCAN, process, signal, List.of());
  }

  void continued(ProcessRecord process) {
    add(Kind.CONTINUED, Source.SCAN, process, 0, List.of());
  }

  /** Its end is recorded. */
  void exited(ProcessRecord process, Source source) {
    add(Kind.EXITED, source, process, 0, List.of());
  }

  void leaked(ProcessRecord process) {
    add(Kind.LEAKED, Source.LIBRARY, process, 0, List.of());
  }

  void unkillable(ScopeEnd.SurvivorRecord survivor) {
    add(Kind.UNKILLABLE, Source.LIBRARY, survivor.process(), 0, List.of(survivor.reason()));
  }

  void opened(Scope scope) {
    scope.facts().begin(log.count());
    add(Kind.SCOPE_OPENED, Source.LIBRARY, null, 0, List.of(scope.name()));
  }

  void ended(Scope scope) {
    String opening = String.valueOf(scope.facts().opening());
    add(Kind.SCOPE_ENDED, Source.LIBRARY, null, 0, List.of(scope.name(), opening));
    scope.facts().end(log.count());
  }

  void guardianReplaced() {
    add(Kind.GUARDIAN_REPLACED, Source.LIBRARY, null, 0, List.of());
  }

  /** Of several scans in a row that could not read something, the first one is told. */
  void scanned(boolean complete) {
    if (!complete && !incomplete) {
      lock.run(() -> add(Kind.SCAN_INCOMPLETE, Source.SCAN, null, 0, List.of()));
    }
    incomplete = !complete;
  }

  private void add(
      Kind kind, Source source, @Nullable ProcessRecord process, int value, List<String> words) {
    lock.requireHeld();
    if (process == null) {
      log.add(kind, source, Fact.NONE, null, value, words);
    } else {
      log.add(kind, source, process.sequence(), process.reference(), value, words);
    }
  }
}
