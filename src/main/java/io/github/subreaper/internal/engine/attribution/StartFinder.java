package io.github.subreaper.internal.engine.attribution;

import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.linux.Time;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds where in the code of this JVM an ambient process was started. */
public final class StartFinder {
  private final Time time;
  private final Registry registry;
  private final Origin origin;
  private final Ancestry ancestry;

  public StartFinder(Time time, Registry registry, Origin origin, Ancestry ancestry) {
    this.time = time;
    this.registry = registry;
    this.origin = origin;
    this.ancestry = ancestry;
  }

  /**
   * Returns why it is not known where in the code a process was started. Several possible places
   * are not a reason.
   */
  public String whyUnknown(ProcessRecord process) {
    String trouble = origin.trouble();
    if (trouble != null) {
      return trouble;
    }
    if (process.isTagless()) {
      return "it may come from a launch, so no other start was searched";
    }
    if (process.membership().mayBeStarted()) {
      return "the starts that it can come from were made by code of the JDK and of libraries only";
    }
    String gap = origin.gapAt(Ticks.nanos(time, process.startTicks()));
    return gap != null ? gap : "none of the starts in " + origin.source() + " leads to it";
  }

  /**
   * Learns where in the code these processes were started, if that can be known. The lock is not
   * held.
   */
  public void explain(List<ProcessRecord> processes) {
    List<ProcessRecord> unexplained = registry.lock.locked(() -> unexplained(processes));
    if (!unexplained.isEmpty() && origin.read()) {
      registry.lock.run(
          () -> {
            Ancestry.Search search = ancestry.search();
            unexplained(unexplained).forEach(process -> searchStart(process, search));
          });
    }
  }

  private List<ProcessRecord> unexplained(List<ProcessRecord> processes) {
    return processes.stream()
        .filter(process -> process.launch() == null && startOf(process) == null)
        .filter(process -> !process.isTagless()) // it may come from a launch
        .toList();
  }

  /**
   * Chooses the start of a process for the line of code, which is no evidence for a scope: of
   * several possible starts those of its program, and of these the latest.
   */
  private void searchStart(ProcessRecord process, Ancestry.Search search) {
    ProcessRecord top = top(process);
    Ancestry.Possible found = search.of(top);
    if (found.complete() && found.only() != null) {
      process.membership().startedBy(found.only());
      return;
    }
    Scope scope = process.doubt() == null ? process.scope() : null;
    List<Start> all =
        found.starts().stream().sorted(Comparator.comparingLong(Start::nanos).reversed()).toList();
    List<Start> within =
        scope == null ? all : all.stream().filter(start -> isWithin(start, scope)).toList();
    List<Start> possible =
        narrowed(
            within.isEmpty() ? all : within, start -> start.isOfProgram(top) || start.names(top));
    Start latest = possible.isEmpty() ? null : possible.get(0);
    process.membership().mayBeStartedBy(scope == null ? null : latest, possible);
  }

  /**
   * Returns where in the code a process was started, in words; null if no line is known. Loads
   * classes, so the lock is not held.
   */
  public static @Nullable String text(ProcessRecord process) {
    CallSite site = process.site();
    StackTraceElement place = site == null ? null : site.place();
    if (site == null || place == null) {
      return null;
    }
    List<CallSite> possible = process.possibleSites();
    if (possible.stream().map(CallSite::place).distinct().count() > 1) {
      return site.text() + ", the latest of " + possible.size() + " starts that it can come from";
    }
    Start latest = possible.isEmpty() ? null : process.membership().bestStart();
    Scope scope = process.scope();
    if (latest != null && scope != null && !isWithin(latest, scope)) {
      return site.text() + ", the latest start that it can come from";
    }
    boolean launchersDiffer = possible.stream().map(CallSite::text).distinct().count() > 1;
    return launchersDiffer ? place.toString() : site.text();
  }

  private static List<Start> narrowed(List<Start> starts, Predicate<Start> more) {
    List<Start> some = starts.stream().filter(more).toList();
    return some.isEmpty() ? starts : some;
  }

  /**
   * Returns whether a start can lead to a process of the scope: not if it came before the scope was
   * opened.
   */
  private static boolean isWithin(Start start, Scope scope) {
    return start.nanos() - scope.opened.nanos() >= 0;
  }

  /** Returns the oldest known ancestor of a process. */
  static ProcessRecord top(ProcessRecord process) {
    ProcessRecord top = process;
    ProcessRecord above = process;
    while (above != null) {
      top = above;
      above = above(top);
    }
    return top;
  }

  /** Returns its parent, or else the process whose scope it got; null if neither is known. */
  public static @Nullable ProcessRecord above(ProcessRecord process) {
    return process.parent() != null ? process.parent() : process.membership().kin();
  }

  /** Returns the known start of a process or of an ancestor; null if there is none. */
  @Nullable Start startOf(ProcessRecord process) {
    ProcessRecord one = process;
    while (one != null && process.membership().start() == null) {
      Start its = one.membership().start();
      Start found = its != null ? its : origin.of(one);
      if (found != null) {
        process.membership().startedBy(found);
      }
      one = above(one);
    }
    return process.membership().start();
  }
}
