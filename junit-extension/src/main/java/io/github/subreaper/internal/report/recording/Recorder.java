package io.github.subreaper.internal.report.recording;

import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.JournalEntry;
import io.github.subreaper.internal.report.recording.Recording.Header;
import io.github.subreaper.internal.report.recording.Recording.Phase;
import io.github.subreaper.internal.report.recording.Recording.Result;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the recording of a scope. The test calls {@link #phase} at each step, which costs a look at
 * the clock; the rest is done when the recording is made. Thread-safe.
 *
 * <pre>{@code
 * Recorder recorder = new Recorder(supervisor, test);
 * recorder.phase("test");
 * …
 * recorder.phase("end");
 * ScopeReport report = supervisor.end();
 * if (recorder.hasProcesses(report)) {
 *   Recording recording = recorder.record(report, Secrets.with(List.of()), Result.PASSED, null);
 * }
 * }</pre>
 */
public final class Recorder {
  /** Of more events, the first and the last are recorded. */
  private static final int MOST_FIRST = 16_000;

  private static final int MOST_LAST = 4_000;

  private final Supervisor supervisor;
  private final Test test;
  private final int mostFirst;
  private final int mostLast;
  private final Phases phases = new Phases();

  /**
   * Which test it is.
   *
   * @param uniqueId JUnit's
   * @param displayName for people
   * @param className with its package
   * @param method empty for the scope of a class
   * @param invocation the number of the repetition or parameter set, from 1 on; 0 for none
   * @param scope its name in messages, such as {@code BillingTest.stopsCleanly(int)[2]}
   */
  public record Test(
      String uniqueId,
      String displayName,
      String className,
      String method,
      int invocation,
      String scope) {
    public Test bounded() {
      return new Test(
          Bounds.text(uniqueId),
          Bounds.text(displayName),
          Bounds.text(className),
          Bounds.text(method),
          invocation,
          Bounds.text(scope));
    }

    private Test masked(Secrets secrets) {
      return new Test(uniqueId, secrets.text(displayName), className, method, invocation, scope);
    }
  }

  /**
   * Makes a recorder.
   *
   * @param supervisor the scope of the test
   * @param test which
   */
  public Recorder(Supervisor supervisor, Test test) {
    this(supervisor, test, MOST_FIRST, MOST_LAST);
  }

  /**
   * Makes a recorder that leaves events out.
   *
   * @param first how many of the first are recorded
   * @param last how many of the last, if there are more
   */
  Recorder(Supervisor supervisor, Test test, int first, int last) {
    this.supervisor = supervisor;
    this.test = test;
    this.mostFirst = first;
    this.mostLast = last;
  }

  /**
   * Notes that a phase of the test begins now, and that the one before it ends.
   *
   * @param name such as {@code test}
   */
  public void phase(String name) {
    phases.begin(name);
  }

  /**
   * Notes that a phase has begun.
   *
   * @param name such as {@code recovery}
   * @param nanos when, by {@link System#nanoTime()}; after the one before
   */
  public void phase(String name, long nanos) {
    phases.begin(name, nanos);
  }

  /**
   * Returns the phase of a moment.
   *
   * @param moment of the past
   * @return its name; empty if none had begun
   */
  public String phaseAt(Instant moment) {
    return phases.at(moment);
  }

  /**
   * Returns whether there is anything to record. This reads the journal only if the scope has had
   * no process when it ended: one of a scope nested in it may have ended before.
   *
   * @param report of the end of the scope
   * @return false if it has had no process
   */
  public boolean hasProcesses(ScopeReport report) {
    if (!report.survivors().isEmpty() || !report.foreign().isEmpty() || !report.ended().isEmpty()) {
      return true;
    }
    try (Stream<ProcessEvent> events = supervisor.journal().stream()) {
      return events.findAny().isPresent();
    }
  }

  /**
   * Makes the recording. An interrupt does not end that: its flag is set again.
   *
   * @param report of the end of the scope; null if it has not ended
   * @param secrets what to mask
   * @param result how the test ended
   * @param failure what made it fail; null if nothing did
   * @return of all that is in the journal by now
   */
  public Recording record(
      @Nullable ScopeReport report, Secrets secrets, Result result, @Nullable String failure) {
    boolean interrupted = Thread.interrupted(); // it would close the files that are read
    try {
      return make(report, secrets, result, failure);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Recording make(
      @Nullable ScopeReport report, Secrets secrets, Result result, @Nullable String failure) {
    KeptEntries entries =
        KeptEntries.of(Access.get().entries(supervisor.journal()), mostFirst, mostLast);
    long now = System.nanoTime();
    RecordedTime time = time(entries, now);
    Evidence evidence = Evidence.of(entries, report, time, secrets);
    return new Recording(
        header(entries, time, secrets, result, failure),
        new ProcMaker(evidence).processes(),
        new EventMaker(evidence).events(),
        phases.until(now, time).stream()
            .map(one -> new Phase(secrets.text(one.name()), one.from(), one.to()))
            .toList(),
        lines(report == null ? supervisor.tree() : report.before(), secrets),
        report == null || report.survivors().isEmpty()
            ? List.of() // the end has proved that nothing is left
            : lines(supervisor.tree(), secrets),
        evidence.launches().outputs());
  }

  private RecordedTime time(KeptEntries entries, long now) {
    JournalEntry first = entries.all().findFirst().orElse(null);
    if (first != null) {
      return new RecordedTime(first.nanos(), first.at());
    }
    Long began = phases.began();
    long origin = began == null ? now : began;
    return new RecordedTime(origin, Instant.now().minusNanos(now - origin));
  }

  private static List<String> lines(ProcessTree tree, Secrets secrets) {
    return tree.toString().lines().map(secrets::text).toList();
  }

  private Header header(
      KeptEntries entries,
      RecordedTime time,
      Secrets secrets,
      Result result,
      @Nullable String failure) {
    boolean isComplete = entries.missing() == 0;
    return new Header(
        About.thisJvm(),
        test.masked(secrets),
        time.wallOrigin(),
        time.origin(),
        isComplete,
        entries.missing(),
        isComplete && supervisor.journal().isExact(),
        Access.get().mayMissProcesses(supervisor),
        result,
        failure == null ? null : secrets.text(failure));
  }
}
