package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.journal.Fact.Kind;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.journal.FactReader;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the journal of one activation says of its processes. */
final class TracedFacts {
  /** Verdicts on what it was before, and a signal that comes too late. */
  private static final Set<Kind> AFTER_THE_END = Set.of(Kind.LEAKED, Kind.UNKILLABLE, Kind.UNSENT);

  private static final class Life {
    private int births;
    private int execs;
    private int ends;
    private boolean disordered;
    private boolean stopped;
    private boolean ranWhileStopped;
  }

  private final Map<Long, Life> lives = new HashMap<>();

  TracedFacts(Engine engine) {
    try (FactReader facts = engine.registry.facts.read(0)) {
      for (Fact fact = facts.next(); fact != null; fact = facts.next()) {
        add(fact);
      }
    }
  }

  private void add(Fact fact) {
    if (fact.kind() == Kind.FORKED) {
      Life child = life(Long.parseLong(fact.words().get(0)));
      child.disordered |= child.births + child.execs + child.ends > 0;
      child.births++;
    }
    if (fact.process() == Fact.NONE) {
      return;
    }
    Life its = life(fact.process());
    boolean birth = fact.kind() == Kind.LAUNCHED || fact.kind() == Kind.SEEN;
    its.births += birth ? 1 : 0;
    its.disordered |= its.births == 0 || (its.ends > 0 && !AFTER_THE_END.contains(fact.kind()));
    its.execs += fact.kind() == Kind.EXECUTED && fact.source() == Source.TRACE ? 1 : 0;
    its.ranWhileStopped |= its.stopped && fact.kind() == Kind.EXECUTED;
    its.stopped = fact.kind() == Kind.STOPPED || (its.stopped && fact.kind() != Kind.CONTINUED);
    its.ends += fact.kind() == Kind.EXITED ? 1 : 0;
  }

  private Life life(long process) {
    return lives.computeIfAbsent(process, number -> new Life());
  }

  /**
   * Returns what is wrong with what is said of a traced process that has ended; null if nothing.
   */
  @Nullable String wrong(Proc process, ProcessRecord record) {
    Life its = life(record.sequence());
    int execs = process.execs() - (record.isLaunched() ? 1 : 0);
    boolean maybeLost = process.status == SignalNumber.SIGKILL || process.mayEndItself();
    if (its.births != 1 || its.ends != 1) {
      return process + " has " + its.births + " births and " + its.ends + " ends in the journal";
    }
    if (its.execs > execs || its.execs < execs - (maybeLost ? 1 : 0)) {
      return process + " has exec'd " + execs + " times, and " + its.execs + " in the journal";
    }
    boolean exited = (process.status & 0x7f) == 0 && !record.ending().isKillSent();
    if (its.ranWhileStopped || (its.stopped && exited)) {
      return process + " ran on after a stop, which the journal does not have";
    }
    return its.disordered ? process + " has its facts in an impossible order" : null;
  }
}
