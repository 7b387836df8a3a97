package io.github.subreaper;

import io.github.subreaper.internal.access.CheckReturnValue;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.journal.FactLog;
import io.github.subreaper.internal.engine.journal.FactReader;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.messages.TraceText;
import io.github.subreaper.internal.text.Text;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * What happened to the processes of a scope or launch, or to one process, in order. It holds facts
 * only: what the library did, what a wait(2) reported, and what scans of /proc saw. A scan sees a
 * change some time after it happened, and misses what comes and goes between two scans; such an
 * event has the source {@link ProcessEvent.Source#SCAN}, and its time is that of the scan. No end
 * that this JVM collects is missed.
 *
 * <pre>{@code
 * launch.stop();
 * System.out.println(launch.journal());
 * assertThat(launch.journal().events()).anyMatch(event -> event instanceof ProcessEvent.Adopted);
 * }</pre>
 *
 * <p>The events of a nested scope are in the journal of the outer one as long as the nested {@link
 * Supervisor} is in use: records live no longer than that.
 *
 * <p>An event is in the journal before any wait that rests on it returns. The latest 10,000 events
 * of an activation are in memory, older ones in a file that goes with the last {@link
 * Subreaper#close()}. What the disk had no room for is lost, the oldest first, and {@link
 * #toString()} says how many.
 *
 * @since 0.1.0
 */
public final class Journal {
  private final Engine engine;
  private final long from;
  private final LongSupplier to;
  private final Predicate<ProcessRecord> covers;

  /** The same for facts of the time before the end. */
  private final Predicate<ProcessRecord> hasCovered;

  private final Supplier<List<ProcessRecord>> records;
  private final Supplier<Set<Long>> scopes;
  private final boolean showsForeign;
  private boolean showsFaults = true;

  private Journal(
      Engine engine,
      long from,
      LongSupplier to,
      Predicate<ProcessRecord> covers,
      Predicate<ProcessRecord> hasCovered,
      Supplier<List<ProcessRecord>> records,
      Supplier<Set<Long>> scopes,
      boolean showsForeign) {
    this.engine = engine;
    this.from = from;
    this.to = to;
    this.covers = covers;
    this.hasCovered = hasCovered;
    this.records = records;
    this.scopes = scopes;
    this.showsForeign = showsForeign;
  }

  static Journal of(Engine engine, Scope scope) {
    return new Journal(
        engine,
        scope.facts().opening(),
        scope.facts()::late,
        scope::covers,
        scope::hasCovered,
        scope::records,
        () ->
            scope.withNested().stream()
                .map(nested -> nested.facts().opening())
                .collect(Collectors.toUnmodifiableSet()),
        true);
  }

  static Journal of(Engine engine, LaunchRecord launch) {
    return new Journal(
        engine,
        launch.firstFact(),
        () -> launch.scope().facts().late(),
        launch::covers,
        launch::covers,
        launch::records,
        Set::of,
        false);
  }

  static Journal of(Engine engine, ProcessRecord process) {
    LaunchRecord launch = process.launch();
    Scope scope = process.scope();
    return new Journal(
        engine,
        launch != null ? launch.firstFact() : scope != null ? scope.facts().opening() : 0,
        () -> Long.MAX_VALUE,
        process::equals,
        process::equals,
        () ->
            launch != null ? launch.records() : scope != null ? scope.records() : List.of(process),
        Set::of,
        process.isForeign());
  }

  /**
   * Returns the same journal without the signals that a program raises in itself by a fault and
   * survives by its handler, such as each null check of a traced JVM: SIGSEGV, SIGBUS, SIGFPE,
   * SIGILL and SIGTRAP. The signal that ended a process stays. A listener does not hear that one
   * either, since the end comes later, but it gets {@link ProcessEvent.Exited}.
   *
   * <pre>{@code
   * System.out.println(launch.journal().withoutFaults());
   * }</pre>
   *
   * @return as complete and as {@linkplain #isExact() exact} as this one otherwise
   */
  @CheckReturnValue
  public Journal withoutFaults() {
    Journal same = new Journal(engine, from, to, covers, hasCovered, records, scopes, showsForeign);
    same.showsFaults = false;
    return same;
  }

  /**
   * Returns all events of processes so far.
   *
   * @return in order; unmodifiable
   */
  public List<ProcessEvent> events() {
    return stream().toList();
  }

  /**
   * Returns all events of processes so far. Those in the file are read one by one: a stream that is
   * not read to its end keeps the file open until it is closed.
   *
   * @return in order
   */
  public Stream<ProcessEvent> stream() {
    return read(Reader::event);
  }

  /**
   * Returns the same with what concerns no process: scopes that were opened and ended, a guardian
   * that was replaced, scans that could not read something, events that are lost.
   */
  Stream<Entry> entries() {
    return read(Reader::entry);
  }

  private <T> Stream<T> read(BiFunction<Reader, Fact, @Nullable T> make) {
    FactReader facts = engine.facts().read(from);
    Reader reader = new Reader();
    Spliterator<T> all =
        new Spliterators.AbstractSpliterator<>(Long.MAX_VALUE, Spliterator.ORDERED) {
          @Override
          public boolean tryAdvance(Consumer<? super T> action) {
            Fact fact = facts.next();
            while (fact != null) {
              T made = make.apply(reader, fact);
              if (made != null) {
                action.accept(made);
                return true;
              }
              fact = facts.next();
            }
            return false;
          }
        };
    return StreamSupport.stream(all, false).onClose(facts::close);
  }

  Instant at(Fact fact) {
    return engine.queries().at(fact.nanos());
  }

  private FactLog log() {
    return engine.facts().log();
  }

  /**
   * Returns whether the kernel has reported each event of each process from its first instruction
   * on, so that nothing is missing: all were launched with {@link Program#traced()}, or forked by
   * those. False if a birth or an end was learned in another way, or a status is not known. A
   * program can still hide a child from the trace, CLONE_UNTRACED: see there.
   *
   * @return true also if there was no process
   */
  public boolean isExact() {
    return engine.queries().isExact(covered())
        && entries().filter(Entry::isLoss).toList().isEmpty(); // reads it to its end
  }

  private List<ProcessRecord> covered() {
    return records.get().stream().filter(covers).toList();
  }

  /** Returns why it is not exact, for messages; empty if it is. */
  Optional<String> whyInexact() {
    return isExact() ? Optional.empty() : Optional.of(TraceText.inexact(engine, covered()));
  }

  /**
   * Calls a listener with each event from now on, in order, on a thread of its own. A slow listener
   * delays nothing but itself. What it throws is logged once, and it gets the later events all the
   * same. It may call this library. What it is too slow to hear before the last close may be lost
   * to it, which is logged. Events of a process that moves to this scope later are in {@link
   * #events()}, and the listener does not hear those from before.
   *
   * <p>A listener that is not closed ends by itself: when the scope has ended, and it has heard the
   * end of each process. So it still gets the end of a {@link Survivor}, which could not be killed.
   * A process that {@link ScopeOptions#survivors()} lets live moves to the session, and leaves the
   * journal of its scope; the journal of its launch keeps it, and a listener there gets it until
   * the session ends.
   *
   * @param listener which gets events until then, or until the registration is closed, or the last
   *     {@link Subreaper#close()}
   * @return the registration
   */
  public Registration onEvent(Consumer<? super ProcessEvent> listener) {
    Hearing hearing = new Hearing(Objects.requireNonNull(listener, "listener"));
    return log().listen(hearing::hear, hearing::silence)::close;
  }

  /**
   * Returns the journal as text: a line for each entry, with the seconds since the first one.
   *
   * @return for people
   */
  @Override
  public String toString() {
    List<Entry> entries = entries().toList();
    if (entries.isEmpty()) {
      return "";
    }
    long first = entries.get(0).fact().nanos();
    return entries.stream()
        .map(
            entry ->
                String.format(
                    Locale.ROOT, "%9.3f s  %s%n", (entry.fact().nanos() - first) / 1e9, entry))
        .collect(Collectors.joining());
  }

  /**
   * The registration of a listener.
   *
   * @since 0.1.0
   */
  @FunctionalInterface
  public interface Registration extends AutoCloseable {
    /**
     * Lets the listener hear what happened before this call, and nothing after. Returns when it has
     * heard that, after 5 s at the latest; at once if the listener itself calls. Idempotent; throws
     * nothing. An interrupt ends the wait, and its flag stays set.
     */
    @Override
    void close();
  }

  /** An event of a process, or what concerns no process. */
  record Entry(Fact fact, @Nullable ProcessEvent event) {
    /** Returns what happened, without the process: made when asked for, since few are shown. */
    String text() {
      return event == null ? sessionText(fact) : event.description();
    }

    boolean isLoss() {
      return fact.kind() == Fact.Kind.EVENTS_LOST;
    }

    @Override
    public String toString() {
      return event == null ? text() : event.toString();
    }
  }

  /** What the thread of a listener does with each fact. */
  private final class Hearing {
    private final Consumer<? super ProcessEvent> listener;
    private final Reader reader = new Reader();
    private long silence = Long.MAX_VALUE;

    /**
     * The question whether it is over takes the lock over all records, so it is not asked often.
     */
    private boolean mayBeOver = true;

    Hearing(Consumer<? super ProcessEvent> listener) {
      this.listener = listener;
    }

    void hear(Fact fact) {
      mayBeOver |=
          switch (fact.kind()) {
            case SCOPE_ENDED, EVENTS_LOST -> true;
            case EXITED -> to.getAsLong() != Long.MAX_VALUE;
            default -> false;
          };
      ProcessEvent event = reader.event(fact);
      if (event != null) {
        listener.accept(event);
      }
    }

    /** Returns the number of the fact before which the listener ends. */
    long silence() {
      if (mayBeOver && silence == Long.MAX_VALUE) {
        mayBeOver = false;
        silence = engine.queries().silence(to, covers);
      }
      return silence;
    }
  }

  /** Makes entries of facts. For one thread. */
  private final class Reader {
    private final Map<Long, ProcessRecord> byNumber = new HashMap<>();

    /** The first fact that may be about a process that is not in the map yet. */
    private long indexed;

    private @Nullable Set<Long> openings;
    private final Set<Long> strangers = new HashSet<>();

    /** Returns null if it does not concern this scope or launch, or no process. */
    @Nullable ProcessEvent event(Fact fact) {
      ProcessRecord process = fact.process() == Fact.NONE ? null : process(fact);
      return process != null
              && isShown(process, fact)
              && (showsFaults || !engine.queries().isFault(process, fact))
          ? ProcessEvent.of(engine, process, fact, number -> byNumber(number, fact))
          : null;
    }

    /** Returns null if it does not concern this scope or launch. */
    @Nullable Entry entry(Fact fact) {
      if (fact.process() != Fact.NONE) {
        ProcessEvent event = event(fact);
        return event == null ? null : new Entry(fact, event);
      }
      boolean ofScope =
          fact.kind() == Fact.Kind.SCOPE_OPENED || fact.kind() == Fact.Kind.SCOPE_ENDED;
      boolean ours = ofScope ? isOurs(fact) : fact.number() < to.getAsLong();
      return ours ? new Entry(fact, null) : null;
    }

    /** Foreign processes belong to no scope: a scope shows what was seen of them in its time. */
    private boolean isShown(ProcessRecord process, Fact fact) {
      return process.isForeign()
          ? showsForeign && fact.number() < to.getAsLong()
          : covers.test(process) || (fact.number() < to.getAsLong() && hasCovered.test(process));
    }

    private boolean isOurs(Fact fact) {
      long opening =
          fact.kind() == Fact.Kind.SCOPE_OPENED
              ? fact.number()
              : Long.parseLong(fact.words().get(1));
      if (strangers.contains(opening)) {
        return false;
      }
      if (openings == null || !openings.contains(opening)) {
        openings = scopes.get();
      }
      // A scope is nested in another from its opening on, or never.
      return openings.contains(opening) || !strangers.add(opening);
    }

    private @Nullable ProcessRecord process(Fact fact) {
      return fact.record() != null
          ? (ProcessRecord) fact.record().get()
          : byNumber(fact.process(), fact);
    }

    /** Returns the record with a number that a fact names. */
    private @Nullable ProcessRecord byNumber(long number, Fact fact) {
      if (fact.number() >= indexed) {
        indexed = log().count(); // each process of an earlier fact has its record by then
        byNumber.clear();
        records.get().forEach(record -> byNumber.put(record.sequence(), record));
        engine.queries().foreign().forEach(record -> byNumber.put(record.sequence(), record));
      }
      return byNumber.get(number);
    }
  }

  /** Returns what has happened where no process is concerned, in words. */
  private static String sessionText(Fact fact) {
    return switch (fact.kind()) {
      case SCOPE_OPENED -> "scope " + Text.safe(fact.words().get(0)) + " opened";
      case SCOPE_ENDED -> "scope " + Text.safe(fact.words().get(0)) + " ended";
      case GUARDIAN_REPLACED -> "the guardian had ended; another one runs";
      case SCAN_INCOMPLETE ->
          "a scan of /proc is not complete: something could not be read, such as for want of a"
              + " descriptor";
      default ->
          Text.count(fact.value(), "event is", "events are")
              + " lost here, of this session's: the temporary directory is full, or removed by now";
    };
  }
}
