package io.github.subreaper.internal.engine.reap;

import io.github.subreaper.internal.engine.attribution.Attribution;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.spawn.Spawner;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Decides exactly whether a zombie is ours to collect, so that no status of a {@link Process} is
 * ever taken. The lock is held.
 */
public final class Ownership {
  enum Verdict {
    OURS,
    NOT_YET,
    NOT_OURS
  }

  /**
   * For embedders: 0 of 32,000 statuses were taken after 50 ms; a heuristic, so five times that.
   */
  private static final long EMBEDDER_NANOS = 250_000_000;

  /** How often the JDK's polling thread is searched for, which takes a list of all threads. */
  private static final long POLLER_NANOS = 20_000_000;

  /**
   * Only after that it is checked whether a thread of the JDK is left for it: this takes a list of
   * all threads.
   */
  private static final long ABANDONED_NANOS = 1_000_000_000;

  /** How long a zombie that the JDK can't see is left to it. */
  private static final long HIDDEN_NANOS = 1_000_000_000;

  /** The reaping thread checks twice as often, if it gets a CPU. */
  private static final long LONGEST_CHECK_NANOS = 40_000_000;

  private final Kernel kernel;
  private final Time time;
  private final Attribution attribution;
  private final Spawner spawner;
  private final Tags tags;
  private final Threads threads;
  private final Map<Integer, Question> questions = new HashMap<>();
  private final ReaperWakeup wakeup;

  private static final class Question {
    final long startTicks;
    final long sinceNanos;
    long checkedNanos;
    long leftNanos;
    @Nullable CompletableFuture<ProcessHandle> collectedByJdk;
    @Nullable List<Thread> suspects;
    @Nullable Thread poller;
    long pollerSoughtNanos;
    int wakes;
    boolean mayBeOurs;
    boolean reported;

    Question(long startTicks, long now) {
      this.sinceNanos = now;
      this.checkedNanos = now;
      this.pollerSoughtNanos = now;
      this.startTicks = startTicks;
    }

    /**
     * Returns how long it has been left, counted by checks: between two of them no thread may have
     * had a CPU.
     */
    long check(long now) {
      leftNanos += Math.min(LONGEST_CHECK_NANOS, now - checkedNanos);
      checkedNanos = now;
      return leftNanos;
    }
  }

  /**
   * Has decided nothing yet.
   *
   * @param wakeup is given when the JDK is done with a process in question
   */
  public Ownership(
      Kernel kernel,
      Time time,
      Attribution attribution,
      Spawner spawner,
      Tags tags,
      Threads threads,
      ReaperWakeup wakeup) {
    this.kernel = kernel;
    this.time = time;
    this.attribution = attribution;
    this.spawner = spawner;
    this.tags = tags;
    this.threads = threads;
    this.wakeup = wakeup;
  }

  Verdict of(ProcessStat zombie, long tag, @Nullable ProcessRecord record) {
    int pid = zombie.pid();
    if (spawner.isBeingBorn(pid)) {
      return Verdict.NOT_YET;
    }
    // 1. no child of the JDK ever carries a launch's tag; a launch without it may be a guess
    if (record != null && (record.isLaunched() || record.isOfALaunch())) {
      return Verdict.OURS;
    }
    if (tags.isOfALaunch(tag)) {
      return Verdict.OURS;
    }
    // 2. this JVM adopted it from another process
    if (record != null && record.membership().wasSeenBelowOther()) {
      return Verdict.OURS;
    }
    if (attribution.provesDescent(zombie) || attribution.isBelowAChild(zombie, tag)) {
      return Verdict.OURS;
    }
    // 3. a child of a thread that does not adopt was forked by this JVM
    if ((record != null && record.membership().isDirectChild()) || !isInAdoptersList(pid)) {
      return Verdict.NOT_OURS;
    }
    return afterTheJdk(zombie, tag, record);
  }

  private boolean isInAdoptersList(int pid) {
    int[] children = kernel.procfs.children(Procfs.SELF, threads.adopter());
    if (children != null) {
      for (int child : children) {
        if (child == pid) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Decides for an orphan, or a child of the JDK whose spawning thread has ended. The JDK collects
   * such a child before it completes the handle, so a zombie that is still there then is ours.
   */
  private Verdict afterTheJdk(ProcessStat zombie, long tag, @Nullable ProcessRecord record) {
    int pid = zombie.pid();
    long startTicks = zombie.startTicks();
    Question question = question(pid, startTicks);
    if (!question.mayBeOurs) {
      // While its forking thread lived, the JDK need not have had it yet: that time does not count.
      question = ask(pid, startTicks);
      question.mayBeOurs = true;
      if (record == null) {
        attribution.unknownOrphanDied(zombie, tag);
      }
    }
    boolean past =
        threads.leaveToUs(pid, question.sinceNanos)
            || (zombie.isHidden()
                ? isLeftByTheJdk(question, pid, 0) || isLeftHidden(question, pid)
                : isPastTheJdk(question, pid));
    if (!past && !isPolledByTheJdk(question, pid)) {
      return Verdict.NOT_YET;
    }
    ProcessStat again = kernel.procfs.stat(pid);
    boolean same = again != null && again.startTicks() == startTicks && again.hasEnded();
    return same ? Verdict.OURS : Verdict.NOT_YET;
  }

  /**
   * Returns whether a thread of the JDK polls for this very process: it was not a child of this JVM
   * when code under test called {@link ProcessHandle#onExit()}, so it was adopted later.
   *
   * <p>The thread may still poll for an earlier process with this pid. Each time it wakes it
   * compares start times, and stops polling if they differ. So it is woken twice: the second wake
   * can only end a sleep that has begun after the first one, and so after a comparison.
   */
  private boolean isPolledByTheJdk(Question question, int pid) {
    long now = time.nanos();
    if (question.poller == null && now - question.pollerSoughtNanos >= POLLER_NANOS) {
      question.pollerSoughtNanos = now;
      question.poller = kernel.jdk.poller(pid);
      question.wakes = 0;
    }
    Thread poller = question.poller;
    if (poller == null || poller.isInterrupted()) {
      return false; // there is none, or it has not run since it was woken
    }
    if (!kernel.jdk.isPolling(poller, pid)) {
      question.poller = null; // it is between two sleeps, or has stopped
      return false;
    }
    if (question.wakes == 2) {
      return true;
    }
    question.wakes++;
    poller.interrupt(); // the JDK's loop takes this for the end of a sleep
    return false;
  }

  private boolean isPastTheJdk(Question question, int pid) {
    if (!threads.leaderRunsNoJava() && time.nanos() - question.sinceNanos < EMBEDDER_NANOS) {
      return false;
    }
    return isCollectedByTheJdk(question, pid) || isLeftByTheJdk(question, pid, ABANDONED_NANOS);
  }

  /**
   * Returns whether the JDK has left a process that {@code /proc} hides. This is a heuristic: the
   * JDK knows such a process only if it has forked it, and then collects it at once. So it is ours
   * if it stays and no thread of the JDK watches it.
   */
  private boolean isLeftHidden(Question question, int pid) {
    return question.check(time.nanos()) >= HIDDEN_NANOS && !kernel.jdk.watches(pid);
  }

  private boolean isCollectedByTheJdk(Question question, int pid) {
    CompletableFuture<ProcessHandle> collected = question.collectedByJdk;
    if (collected == null) {
      try {
        ProcessHandle handle = kernel.jdk.handle(pid);
        if (handle == null) {
          return false;
        }
        collected = handle.onExit().whenComplete((ended, failure) -> wakeup.give());
        question.collectedByJdk = collected;
      } catch (OutOfMemoryError e) {
        // No thread starts while the process slots are full. To reap other zombies frees some.
        return false;
      }
    }
    return collected.isDone();
  }

  /**
   * Returns whether no thread of the JDK is left that could collect it. Then its handle never
   * completes, since the JDK could start no thread for it.
   *
   * <p>The JDK passes a child to a thread that reaps before the spawning thread ends, so before the
   * child was first in question. Each thread that may have got it then has ended since, has another
   * child, or is past its wait. An idle thread that gets nothing to do ends after a minute.
   */
  private boolean isLeftByTheJdk(Question question, int pid, long soonest) {
    if (!threads.leaderRunsNoJava() || time.nanos() - question.sinceNanos < soonest) {
      return false;
    }
    List<Thread> suspects = question.suspects;
    if (suspects == null) {
      suspects = new ArrayList<>(kernel.jdk.thatMayCollect(pid));
      question.suspects = suspects;
    }
    suspects.removeIf(thread -> kernel.jdk.isDoneWith(thread, pid));
    return suspects.isEmpty();
  }

  private Question question(int pid, long startTicks) {
    Question question = questions.get(pid);
    return question != null && question.startTicks == startTicks ? question : ask(pid, startTicks);
  }

  private Question ask(int pid, long startTicks) {
    Question question = new Question(startTicks, time.nanos());
    questions.put(pid, question);
    return question;
  }

  /**
   * Returns whether a zombie that is not ours has been left for so long by the code that forked it;
   * true once only. The JDK collects its children sooner or later: its thread may have to wait for
   * a CPU, and has no name before. So time in which the checking thread had no CPU counts for
   * little.
   */
  public boolean isLeftTooLong(ProcessStat zombie, long nanos) {
    Question question = question(zombie.pid(), zombie.startTicks());
    long left = question.check(time.nanos());
    if (question.reported || left < nanos || kernel.jdk.watches(zombie.pid())) {
      return false;
    }
    question.reported = true;
    return true;
  }

  /** Forgets a process that has been collected. A thread that polls for it notices at once. */
  void settled(int pid) {
    Question question = questions.remove(pid);
    if (question != null && question.poller != null) {
      question.poller.interrupt();
    }
  }

  /** Returns whether a zombie may be ours, which has no record before that is decided. */
  boolean isAnyInQuestion() {
    forgetCollected();
    return questions.values().stream().anyMatch(question -> question.mayBeOurs);
  }

  /** Forgets processes that other code has collected meanwhile, if there may be many. */
  void prune() {
    if (questions.size() > 64) {
      forgetCollected();
    }
  }

  private void forgetCollected() {
    questions
        .entrySet()
        .removeIf(
            entry -> {
              ProcessStat stat = kernel.procfs.stat(entry.getKey());
              return stat == null || stat.startTicks() != entry.getValue().startTicks;
            });
  }
}
