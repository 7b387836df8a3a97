package io.github.subreaper.internal.engine.trace;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;

import io.github.subreaper.internal.engine.guardian.TraceMark;
import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.reap.Uncollected;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Registry;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.scan.ProcessObserver;
import io.github.subreaper.internal.engine.time.Ticks;
import io.github.subreaper.internal.engine.tracer.CallEvents;
import io.github.subreaper.internal.engine.tracer.TraceEvents;
import io.github.subreaper.internal.engine.tracer.Traced;
import io.github.subreaper.internal.engine.tracer.Tracer;
import io.github.subreaper.internal.engine.values.SignalReason;
import io.github.subreaper.internal.engine.values.SignalSender;
import io.github.subreaper.internal.engine.values.TraceState;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.internal.text.Printable;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings what the trace of one launch reports to the records and the journal. Each event is noted
 * at once, and becomes a change of the records when the lock is taken next, by any thread: so each
 * holder of the lock sees all that was reported before.
 */
public final class TraceRecorder implements TraceEvents {
  /** A sender that ended longer ago is not looked for: its pid may have been another's since. */
  private static final long LONGEST_PENDING_NANOS = 60_000_000_000L;

  private static final int SELF = (int) ProcessHandle.current().pid();

  private final Kernel kernel;
  private final Time time;
  private final Registry registry;
  private final ProcessObserver observer;
  private final Uncollected uncollected;
  private final LaunchRecord launch;
  private final boolean tagUnsure;
  private final Tracer tracer;
  private final Launched launched;
  private final TraceMark mark;

  /** Makes the record of the launched process, which has exec'd; the lock is held. */
  public interface Launched {
    @Nullable ProcessRecord make(ProcessStat stat);
  }

  /**
   * How many execs of the launched process come before the program runs, that one included. For the
   * tracing thread only.
   */
  private int execsToLaunch;

  private final TraceState state = new TraceState();

  /**
   * Starts the tracing thread.
   *
   * @param tools how many programs exec one another before the launched one
   * @param tagUnsure whether the guardian needs to know each process
   * @param launched called if the kernel reports the exec before the launching thread sees it
   * @param mark stands as long as something is traced
   */
  public TraceRecorder(
      Kernel kernel,
      Time time,
      Registry registry,
      ProcessObserver observer,
      Uncollected uncollected,
      LaunchRecord launch,
      int tools,
      boolean tagUnsure,
      Launched launched,
      TraceMark mark) {
    this.kernel = kernel;
    this.time = time;
    this.launched = launched;
    this.mark = mark;
    this.registry = registry;
    this.observer = observer;
    this.uncollected = uncollected;
    this.launch = launch;
    this.execsToLaunch = tools + 1;
    this.tagUnsure = tagUnsure;
    this.tracer = new Tracer(kernel, time, this);
  }

  /**
   * Traces the launched process, which has not exec'd yet.
   *
   * @return why the kernel refuses; null if it does not
   */
  public @Nullable String seize(int pid) {
    int errno = tracer.seize(pid);
    if (errno == 0) {
      state.runsOn(tracer.tid());
      launch.traced(state);
      mark.set(pid, launch.spec.command().get(0));
      return null;
    }
    Throwable failed = state.failure();
    return failed != null
        ? "the tracing thread failed: " + failed
        : TraceSupport.refused(kernel, pid, errno);
  }

  /** Ends the tracing thread if it traces nothing. */
  public void cancel() {
    tracer.cancel();
  }

  Tracer tracer() {
    return tracer;
  }

  private void later(Runnable change) {
    long now = time.nanos();
    registry.lock.later(() -> registry.facts.at(now, change));
  }

  private void laterIfAlive(Traced process, Consumer<ProcessRecord> change) {
    later(
        () -> {
          ProcessRecord its = recordOf(process);
          if (its != null && !its.exitSeen()) {
            change.accept(its);
          }
        });
  }

  /** Returns the record; null for one that belongs to no scope any more. The lock is held. */
  private @Nullable ProcessRecord recordOf(Traced process) {
    if (process.note() instanceof ProcessRecord known) {
      return known;
    }
    ProcessRecord found = registry.find(process.birth());
    if (found != null) {
      process.note(found);
    }
    return found;
  }

  @Override
  public void born(Traced process, @Nullable Traced parent) {
    later(
        () -> {
          ProcessRecord its = parent == null ? null : recordOf(parent);
          ProcessRecord born = recordOf(process);
          if (born != null && born.membership().isBirthReported()) {
            observer.gone(born); // its pid was given again in the same clock tick
            born = null;
          }
          if (born == null && hasEnded(process.birth())) {
            return; // killed in its first stop, and collected before this was reported
          }
          if (born == null) {
            born = record(process, its);
            process.note(born);
            born.membership().birthPending(true);
          }
          if (its != null) {
            uncollected.lookBelow(its);
            born.membership().seenBelow(its);
          }
          if (born.membership().isBirthPending()) {
            registry.facts.born(born);
          } else {
            born.membership().traced();
            born.membership().misses("was seen by a scan before its trace reported its birth");
          }
        });
  }

  private boolean hasEnded(ProcessStat birth) {
    ProcessRecord ended = registry.findSince(birth.pid(), time.nanos() - LONGEST_PENDING_NANOS);
    return ended != null && ended.is(birth) && !ended.membership().isBirthReported();
  }

  @Override
  public List<Integer> notEnded() {
    return registry.lock.locked(
        () ->
            launch.recordsUnderLock().stream()
                .filter(one -> one.isTraced() && !one.exitSeen())
                .map(ProcessRecord::pid)
                .toList());
  }

  private ProcessRecord record(Traced process, @Nullable ProcessRecord parent) {
    observer.replaced(process.birth());
    ProcessRecord born = registry.create(process.birth());
    Scope scope = parent != null && parent.scope() != null ? parent.scope() : launch.scope();
    born.membership().belongsTo(scope, launch);
    born.membership().traced();
    if (tagUnsure) {
      born.membership().tagUnsure();
    }
    if (parent != null) {
      born.observed().inherits(parent.observed());
    }
    registry.add(born);
    return born;
  }

  @Override
  public boolean executed(
      Traced process, @Nullable ProcessStat stat, @Nullable String file, List<String> command) {
    int uid = kernel.procfs.statusNumber(process.pid(), "Uid");
    boolean tool = process.isFirst() && execsToLaunch > 1;
    boolean launching = process.isFirst() && execsToLaunch-- == 1;
    if (tool) {
      return false;
    }
    later(
        () -> {
          ProcessRecord its = recordOf(process);
          if (its == null && launching) {
            its = launched.make(stat != null ? stat : process.birth());
          }
          if (its == null) {
            return;
          }
          uncollected.lookBelow(its);
          if (its.isAlive() && stat != null) {
            its.observed().executes(stat, file, command);
            its.observed().ownedBy(uid);
          }
          if (!launching) {
            registry.facts.executed(its, file, command);
          }
          registry.touch(its);
        });
    return launching;
  }

  @Override
  public void signaled(Traced process, Ptrace.Sent sent) {
    int signal = sent.signal();
    boolean known = kernel.procfs.isInOwnPidNamespace(process.pid()); // then so is the sender's pid
    // Now, since a sender such as kill(1) is gone in a moment.
    boolean other = known && SignalSender.isByOther(sent.code(), sent.pid());
    List<String> command = other ? kernel.procfs.commandLine(sent.pid()) : List.of();
    long since = time.nanos() - (command.isEmpty() ? LONGEST_PENDING_NANOS : 0);
    laterIfAlive(
        process,
        its -> {
          uncollected.lookBelow(its);
          SignalSender sender = known ? senderOf(sent, command, since) : SignalSender.UNKNOWN;
          boolean reported = sender.isJvm() && its.ending().takeOwn(signal);
          its.ending().got(signal, sender, registry.facts.log().count());
          if (!reported) {
            registry.facts.received(its, signal, sender);
          }
        });
  }

  @Override
  public void hasUntracedChild(Traced process) {
    later(
        () -> {
          ProcessRecord its = recordOf(process);
          if (its != null) {
            its.membership()
                .misses(
                    "had a child that was not traced, as if it were cloned with CLONE_UNTRACED");
          }
        });
  }

  private SignalSender senderOf(Ptrace.Sent sent, List<String> command, long since) {
    String how = SignalSender.how(sent.signal(), sent.code());
    if (!SignalSender.isByProcess(sent.code())) {
      return new SignalSender(0, SignalSender.NO_UID, how, Fact.NONE, null, "");
    }
    if (sent.pid() == 0) {
      return SignalSender.UNKNOWN; // outside of this pid namespace
    }
    ProcessRecord process = registry.findSince(sent.pid(), since);
    // A traced one has run nothing of a program whose exec is not reported yet.
    List<String> words =
        process != null && (command.isEmpty() || process.isTraced())
            ? process.commandLine()
            : command;
    return new SignalSender(
        sent.pid(),
        sent.uid(),
        how,
        process == null ? Fact.NONE : process.sequence(),
        process == null ? null : process.reference(),
        String.join(" ", words));
  }

  @Override
  public void stopped(Traced process, int signal) {
    laterIfAlive(
        process,
        its -> {
          its.observed().stopReported(true);
          registry.facts.stopped(its, signal, Source.TRACE);
          registry.touch(its);
        });
  }

  @Override
  public void continued(Traced process) {
    laterIfAlive(
        process,
        its -> {
          its.observed().stopReported(false);
          if (!its.ending().isKillSent()) {
            registry.facts.continued(its, Source.TRACE);
          }
          registry.touch(its);
        });
  }

  @Override
  public void ending(Traced process, @Nullable ProcessStat last, int waitStatus) {
    boolean adopted = last != null && last.parent() == SELF;
    int uid = adopted ? ProcessRecord.UNKNOWN : kernel.procfs.statusNumber(process.pid(), "Uid");
    long now = time.nanos();
    laterIfAlive(
        process,
        its -> {
          uncollected.lookBelow(its);
          if (uid >= 0) {
            its.observed().ownedBy(uid);
          }
          its.ending().statusSeen(waitStatus);
          its.ending().deathReported(now);
          if (last != null) {
            its.ending()
                .used(
                    Ticks.micros(last.userTicks()),
                    Ticks.micros(last.systemTicks()),
                    ProcessRecord.UNKNOWN);
          }
          if (!adopted) {
            uncollected.add(its);
          }
        });
  }

  @Override
  public boolean isDoomed(Traced process) {
    return hasCrashed()
        || (registry.heldZombies.any() && registry.lock.locked(() -> doomed(process) != null));
  }

  private boolean hasCrashed() {
    CallEvents calls = calls();
    return calls != null && calls.isOver();
  }

  private @Nullable ProcessRecord doomed(Traced process) {
    ProcessRecord its = recordOf(process);
    return its != null && (hasCrashed() || registry.heldZombies.has(its)) ? its : null;
  }

  @Override
  public void kill(Traced process) {
    registry.lock.run(
        () -> {
          ProcessRecord its = doomed(process);
          if (its != null) {
            noteKill(its);
          }
          kernel.kill.send(process.pid(), SIGKILL);
        });
  }

  private void noteKill(ProcessRecord its) {
    if (!its.wasKilled()) {
      its.ending().killed();
      its.ending().sent(SIGKILL);
      registry.facts.signaled(its, SIGKILL, SignalReason.KILL);
    }
  }

  @Override
  public @Nullable CallEvents calls() {
    return launch.spec.setup().calls();
  }

  /** Under one hold of the lock, so that no pid is given again meanwhile. */
  @Override
  public void crash(List<Traced> processes) {
    registry.lock.run(
        () -> {
          for (Traced process : processes) {
            ProcessRecord its = recordOf(process);
            if (its != null && its.isAlive()) {
              noteKill(its);
              kernel.kill.send(process.pid(), SIGKILL);
            }
          }
        });
  }

  @Override
  public void rest() {
    registry.lock.makeChanges();
  }

  @Override
  public boolean tryRest() {
    return registry.lock.tryMakeChanges();
  }

  /** Logs on another thread: until this one ends, all that it traces stands still. */
  @Override
  public void failed(Throwable reason) {
    state.failed(reason, time.nanos());
    try {
      time.start(time.thread(() -> log(reason), Tracer.THREAD + " failure"));
    } catch (OutOfMemoryError e) {
      return; // no thread is left: the launch knows the reason all the same
    }
  }

  @Override
  public void over() {
    mark.remove();
  }

  private void log(Throwable reason) {
    System.getLogger("io.github.subreaper")
        .log(
            System.Logger.Level.WARNING,
            "the trace of `"
                + Printable.of(String.join(" ", launch.spec.command()))
                + "` has failed, and the kernel kills all that it traced",
            reason);
  }
}
