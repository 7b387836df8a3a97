package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.journal.Fact.Kind;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.journal.FactLog;
import io.github.subreaper.internal.engine.journal.FactReader;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.engine.values.SignalSender;
import io.github.subreaper.internal.linux.Time;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the engine reports what happens, each fact once. The lock over all records is held, so the
 * order of the facts is that in which the records change.
 */
public final class Facts {
  private static final int MOST_TEXT = 4_096;
  private static final int MOST_WORD = 100;

  private final Time time;
  private final RecordLock lock;
  private final FactLog log;
  private final long bootAhead;
  private boolean incomplete;

  /** What has happened to processes whose births are not reported yet. */
  private final Map<ProcessRecord, List<Runnable>> unreported = new HashMap<>();

  /** When the event being reported happened; 0 for just now. */
  private long happenedNanos;

  public Facts(Time time, RecordLock lock, FactLog log) {
    this.time = time;
    this.bootAhead = time.bootAhead();
    this.lock = lock;
    this.log = log;
  }

  /** Returns all facts so far from a number on, also those of changes that can be seen by now. */
  public FactReader read(long from) {
    lock.run(() -> {});
    return log.read(from);
  }

  public FactLog log() {
    return log;
  }

  /** Returns a time of facts by the boot clock: always the same one for the same fact. */
  public long bootNanos(long nanos) {
    return nanos + bootAhead;
  }

  /** Runs a change whose facts happened at another time. The lock is held. */
  public void at(long nanos, Runnable change) {
    lock.requireHeld();
    long outer = happenedNanos;
    happenedNanos = nanos;
    try {
      change.run();
    } finally {
      happenedNanos = outer;
    }
  }

  /** It was launched, or seen for the first time; perhaps it is foreign. */
  void recorded(ProcessRecord process) {
    if (process.isLaunched()) {
      add(Kind.LAUNCHED, Source.LIBRARY, process, 0, process.commandLine());
    } else {
      add(Kind.SEEN, sight(process), process, 0, List.of());
    }
    if (process.isForeign()) {
      foreign(process);
    }
  }

  /** A trace reports its birth, before all else that has happened to it. */
  public void born(ProcessRecord process) {
    process.membership().birthReported();
    reportBirth(process);
  }

  private void reportBirth(ProcessRecord process) {
    process.membership().birthPending(false);
    ProcessRecord parent = process.parent(); // perhaps of a scan, when its parent was dying
    boolean reported = process.membership().isBirthReported();
    if (parent != null && !parent.exitSeen() && reported) { // nothing forks behind its end
      forked(parent, process);
    } else {
      recorded(process);
    }
    List<Runnable> since = unreported.remove(process);
    if (since != null) {
      since.forEach(Runnable::run);
    }
  }

  private void forked(ProcessRecord parent, ProcessRecord child) {
    String number = Long.toString(child.sequence());
    add(Kind.FORKED, Source.TRACE, parent, 0, List.of(number, Integer.toString(child.pid())));
  }

  void foreign(ProcessRecord process) {
    add(Kind.FOREIGN, sight(process), process, 0, List.of());
  }

  /** A zombie is found by a wait; what ended before any scan, by the flight recorder. */
  private static Source sight(ProcessRecord process) {
    if (process.membership().isBirthReported()) {
      return Source.TRACE; // but its forker was killed before the birth was reported
    }
    return process.exitSeen()
        ? Source.LIBRARY
        : process.observed().isZombie() && process.isOwnChild() ? Source.WAIT : Source.SCAN;
  }

  /** A scan sees that it executes another file than before. */
  public void executed(ProcessRecord process) {
    executed(process, Source.SCAN, process.executable(), process.commandLine());
  }

  /** A trace reports an exec, of the same file or of another one. */
  public void executed(ProcessRecord process, @Nullable String file, List<String> command) {
    executed(process, Source.TRACE, file, command);
  }

  private void executed(
      ProcessRecord process, Source source, @Nullable String file, List<String> command) {
    List<String> words = new ArrayList<>();
    words.add(file == null ? "" : file);
    words.addAll(command);
    add(Kind.EXECUTED, source, process, 0, words);
  }

  /** It has another command line: it has exec'd the same file, or written a title over it. */
  public void renamed(ProcessRecord process) {
    add(Kind.RENAMED, Source.SCAN, process, 0, process.commandLine());
  }

  public void adopted(ProcessRecord process) {
    add(Kind.ADOPTED, sight(process), process, 0, List.of());
  }

  /** A launch is ready; each condition is reported once. The lock need not be held. */
  public void ready(LaunchRecord launch, String condition) {
    lock.run(
        () -> {
          if (launch.firstReady(condition)) {
            add(Kind.READY, Source.LIBRARY, launch.process(), 0, List.of(condition));
          }
        });
  }

  public void signaled(ProcessRecord process, int signal, SignalReason why) {
    add(Kind.SIGNALED, Source.LIBRARY, process, signal, why.words());
  }

  /** A test has signalled it too late. */
  public void unsent(ProcessRecord process, int signal) {
    add(Kind.UNSENT, Source.LIBRARY, process, signal, List.of());
  }

  /** A signal has reached it that this library has not sent. */
  public void received(ProcessRecord process, int signal, SignalSender sender) {
    add(Kind.SIGNALED, Source.TRACE, process, signal, sender.words());
  }

  /** It is stopped, and it is known by which signal. */
  public void stopped(ProcessRecord process, int signal, Source source) {
    add(Kind.STOPPED, source, process, signal, List.of());
  }

  public void continued(ProcessRecord process, Source source) {
    add(Kind.CONTINUED, source, process, 0, List.of());
  }

  /** Its end is recorded. */
  void exited(ProcessRecord process, Source source) {
    at(process.ending().deathNanos(), () -> add(Kind.EXITED, source, process, 0, List.of()));
  }

  public void leaked(ProcessRecord process) {
    add(Kind.LEAKED, Source.LIBRARY, process, 0, List.of());
  }

  /** Each end that fails to kill it gets here; it is reported once. */
  public void unkillable(ScopeEnd.SurvivorRecord survivor) {
    if (!survivor.process().ending().firstUnkillable()) {
      return;
    }
    add(Kind.UNKILLABLE, Source.LIBRARY, survivor.process(), 0, List.of(survivor.reason()));
  }

  public void opened(Scope scope) {
    scope.facts().begin(log.count());
    add(Kind.SCOPE_OPENED, Source.LIBRARY, null, 0, List.of(scope.name()));
  }

  public void ended(Scope scope) {
    String opening = String.valueOf(scope.facts().opening());
    add(Kind.SCOPE_ENDED, Source.LIBRARY, null, 0, List.of(scope.name(), opening));
    scope.facts().end(log.count());
  }

  void guardianReplaced() {
    add(Kind.GUARDIAN_REPLACED, Source.LIBRARY, null, 0, List.of());
  }

  /** Of several scans in a row that could not read something, the first one is reported. */
  public void scanned(boolean complete) {
    if (!complete && !incomplete) {
      lock.run(() -> add(Kind.SCAN_INCOMPLETE, Source.SCAN, null, 0, List.of()));
    }
    incomplete = !complete;
  }

  /** A command line may have megabytes. */
  private static List<String> cut(List<String> words) {
    int length = 0;
    for (int i = 0; i < words.size(); i++) {
      length += words.get(i).length() + 1;
      if (length > MOST_TEXT) {
        List<String> cut = new ArrayList<>(words.subList(0, i));
        cut.add(words.get(i).substring(0, Math.min(words.get(i).length(), MOST_WORD)) + "…");
        return List.copyOf(cut);
      }
    }
    return words;
  }

  /**
   * Adds a fact. Its process may be a newborn that a scan has seen before its trace reports the
   * birth: then the fact waits for that, but an end does not: nothing may report the birth later.
   */
  private void add(
      Kind kind, Source source, @Nullable ProcessRecord process, int value, List<String> words) {
    lock.requireHeld();
    long nanos = happenedNanos != 0 ? happenedNanos : time.nanos();
    if (process != null && process.membership().isBirthPending()) {
      lock.catchUp();
    }
    if (process == null) {
      log.add(nanos, kind, source, Fact.NONE, null, "", value, words);
    } else if (process.membership().isBirthPending() && kind != Kind.EXITED) {
      unreported
          .computeIfAbsent(process, its -> new ArrayList<>())
          .add(() -> log(nanos, kind, source, process, value, words));
    } else {
      if (process.membership().isBirthPending()) {
        process.membership().misses("ended before the trace reported its birth");
        reportBirth(process);
      }
      log(nanos, kind, source, process, value, words);
    }
  }

  private void log(
      long nanos, Kind kind, Source source, ProcessRecord process, int value, List<String> words) {
    log.add(
        nanos,
        kind,
        source,
        process.sequence(),
        process.reference(),
        process.name(),
        value,
        cut(words));
  }
}
