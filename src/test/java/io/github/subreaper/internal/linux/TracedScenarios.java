package io.github.subreaper.internal.linux;

import static io.github.subreaper.internal.linux.TruthTest.END_THREAD;
import static io.github.subreaper.internal.linux.TruthTest.EXEC;
import static io.github.subreaper.internal.linux.TruthTest.EXIT;
import static io.github.subreaper.internal.linux.TruthTest.FORK;
import static io.github.subreaper.internal.linux.TruthTest.SETSID;
import static io.github.subreaper.internal.linux.TruthTest.THREAD;
import static io.github.subreaper.internal.linux.TruthTest.VFORK;
import static io.github.subreaper.internal.linux.TruthTest.WAIT;
import static io.github.subreaper.internal.linux.TruthTest.scenario;
import static io.github.subreaper.internal.linux.TruthTest.since;

import io.github.subreaper.internal.linux.TruthTest.Scenario;
import io.github.subreaper.internal.linux.TruthTest.World;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.internal.linux.ptrace.TracedWait;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a tracer sees of its tracees, and what others see of them. */
final class TracedScenarios {
  private TracedScenarios() {}

  /** Waits for the next stop of an actor, takes it, and sees which one it is. */
  private static int stop(World w, int actor) {
    w.await(() -> w.traced.takeStop(w.pid(actor)));
    int stop = w.traced.stop();
    w.see("stop of " + actor, (stop >> 8) + ", signal " + (stop & 0xff));
    return stop;
  }

  /** Returns what belongs to the next stop of an actor. */
  static int message(World w, int actor) {
    int stop = stop(w, actor);
    return (int) w.ptrace.message(w.pid(actor), stop >> 8);
  }

  private static void seeMessage(World w, int actor) {
    w.see("message", message(w, actor));
  }

  private static void goOn(World w, int actor, int signal) {
    w.ptrace.goOn(w.pid(actor), signal);
  }

  private static void detach(World w, int actor) {
    w.see("detached", w.ptrace.detach(w.pid(actor), 0));
  }

  private static void send(World w, int actor, int signal) {
    w.see("sent", w.kernel.kill.send(w.pid(actor), signal));
  }

  private static void seeSender(World w, int actor) {
    Ptrace.@Nullable Sent sent = w.ptrace.signal(w.pid(actor));
    w.see(
        "sent", sent == null ? null : sent.signal() + " " + sent.code() + " " + w.name(sent.pid()));
  }

  /** It runs: it does what it is asked. */
  private static void seeRuns(World w, int actor) {
    w.see("session", w.act(actor, SETSID, 0, 0));
    w.look(actor);
  }

  private static void seeTracer(World w, int actor) {
    int tracer = w.kernel.procfs.statusNumber(w.pid(actor), "TracerPid");
    w.see("tracer", tracer == w.testThread() ? "this thread" : "" + tracer);
  }

  private static void seeEnd(World w, int actor) {
    w.see("end", w.traced.end(w.pid(actor)));
    w.see("any but ends", w.traced.any(false, false));
  }

  private static void awaitTracedEnd(World w, int actor) {
    w.await(() -> w.traced.end(w.pid(actor)) == TracedWait.Found.SOMETHING);
    w.see("ended", w.traced.waitStatus());
  }

  /** Lets a thread exit as an ordinary one. */
  private static void letEnd(World w, int actor) {
    seeMessage(w, actor);
    detach(w, actor);
  }

  /** Traces actor 0, and stops it and what is its group. */
  private static void groupStop(World w) {
    w.seize(0);
    send(w, 0, 19);
    stop(w, 0);
    goOn(w, 0, 19);
    stop(w, 0);
  }

  /** A traced child of actor 0; both run. */
  private static int child(World w) {
    w.seize(0);
    int child = w.born(0, FORK);
    goOn(w, 0, 0);
    stop(w, child);
    goOn(w, child, 0);
    w.answers(0);
    return child;
  }

  /** A traced second thread of actor 0; both run. */
  private static int thread(World w) {
    w.seize(0);
    int thread = w.born(0, THREAD);
    goOn(w, 0, 0);
    stop(w, thread);
    goOn(w, thread, 0);
    w.answers(0);
    return thread;
  }

  static Stream<Scenario> all() {
    return Stream.of(
        scenario(
            "a traced process runs",
            w -> {
              w.seize(0);
              seeRuns(w, 0);
              seeTracer(w, 0);
              seeEnd(w, 0);
              w.seize(0);
            }),
        scenario(
            "a zombie is not traced",
            w -> {
              w.exit(0, 1);
              w.seize(0);
              w.collect(0);
              w.see("gone", w.ptrace.seize(w.pid(0), false));
            }),
        scenario(
            "a stopped process is traced",
            w -> {
              w.answers(0);
              w.signal(0, 19);
              w.seize(0);
              stop(w, 0);
              w.look(0);
            }),
        scenario(
            "a fork stops both",
            w -> {
              w.seize(0);
              int child = w.born(0, FORK);
              stop(w, child);
              w.look(0);
              w.look(child);
              seeTracer(w, child);
              goOn(w, child, 0);
              seeRuns(w, child);
              w.look(0);
              goOn(w, 0, 0);
              seeRuns(w, child);
            }),
        scenario(
            "a vfork stops both",
            w -> {
              w.seize(0);
              int child = w.born(0, VFORK);
              stop(w, child);
              w.look(0);
              goOn(w, 0, 0);
              w.await(() -> state(w, 0) == 'D');
              goOn(w, child, 0);
              w.ask(child, EXEC, 0);
              w.see("pid", message(w, child) == w.pid(child));
              w.await(() -> state(w, 0) != 'D');
              w.look(child);
            }),
        scenario(
            "a new thread stops",
            w -> {
              w.seize(0);
              int thread = w.born(0, THREAD);
              stop(w, thread);
              w.see("state", w.kernel.procfs.threadState(w.pid(0), w.pid(thread)));
              seeTracer(w, thread);
              goOn(w, 0, 0);
              goOn(w, thread, 0);
              w.look(0);
            }),
        scenario(
            "an exec stops",
            w -> {
              w.seize(0);
              w.ask(0, EXEC, 0);
              w.see("pid", message(w, 0) == w.pid(0));
              w.look(0);
              w.see("name", w.processName(0));
              goOn(w, 0, 0);
              w.answers(0);
              seeRuns(w, 0);
            }),
        scenario(
            "an exec ends the other thread",
            w -> {
              int thread = thread(w);
              w.ask(0, EXEC, 0);
              letEnd(w, thread);
              w.see("pid", message(w, 0) == w.pid(0));
              w.look(0);
            }),
        since(
            6, // on 5.10 SIGKILL ends the stop, and is the status that a wait returns
            1,
            "an exit stops, and ignores SIGKILL",
            w -> {
              w.seize(0);
              w.ask(0, EXIT, 3);
              seeMessage(w, 0);
              w.look(0);
              send(w, 0, 9);
              w.look(0);
              detach(w, 0);
              w.awaitEnd(0);
              w.look(0);
              w.collect(0);
              w.look(0);
            }),
        scenario(
            "a thread exits",
            w -> {
              int thread = thread(w);
              w.ask(thread, END_THREAD, 0);
              letEnd(w, thread);
              w.await(() -> w.kernel.procfs.threads(w.pid(0)).size() == 1);
              w.look(0);
            }),
        scenario(
            "an exit stops both threads",
            w -> {
              int thread = thread(w);
              w.ask(0, EXIT, 4);
              letEnd(w, thread);
              letEnd(w, 0);
              w.awaitEnd(0);
              w.look(0);
            }),
        scenario(
            "a signal stops, and is passed on",
            w -> {
              w.seize(0);
              send(w, 0, 15);
              stop(w, 0);
              seeSender(w, 0);
              w.look(0);
              goOn(w, 0, 15);
              letEnd(w, 0);
              w.awaitEnd(0);
              w.look(0);
            }),
        scenario(
            "a signal stops, and is dropped",
            w -> {
              w.seize(0);
              send(w, 0, 15);
              stop(w, 0);
              goOn(w, 0, 0);
              seeRuns(w, 0);
            }),
        scenario(
            "a group stop is listened in until SIGCONT",
            w -> {
              w.seize(0);
              send(w, 0, 19);
              stop(w, 0);
              w.look(0);
              goOn(w, 0, 19);
              stop(w, 0);
              seeSender(w, 0);
              w.ptrace.listen(w.pid(0));
              w.look(0);
              seeSender(w, 0);
              w.see("detached", w.ptrace.detach(w.pid(0), 0));
              send(w, 0, 18);
              stop(w, 0);
              goOn(w, 0, 0);
              stop(w, 0);
              seeSender(w, 0);
              goOn(w, 0, 18);
              seeRuns(w, 0);
            }),
        scenario(
            "SIGCONT comes before a group stop is answered",
            w -> {
              groupStop(w);
              send(w, 0, 18);
              w.look(0);
              w.ptrace.listen(w.pid(0));
              stop(w, 0);
              goOn(w, 0, 0);
              stop(w, 0);
              goOn(w, 0, 18);
              seeRuns(w, 0);
            }),
        scenario(
            "SIGCONT cancels a stop signal that is passed on",
            w -> {
              w.seize(0);
              send(w, 0, 19);
              stop(w, 0);
              send(w, 0, 18);
              goOn(w, 0, 19);
              stop(w, 0);
              goOn(w, 0, 0);
              stop(w, 0);
              goOn(w, 0, 18);
              seeRuns(w, 0);
            }),
        scenario(
            "a group stop goes on if its tracer says so",
            w -> {
              groupStop(w);
              goOn(w, 0, 0);
              seeRuns(w, 0);
            }),
        scenario(
            "what is let go in a group stop stays stopped",
            w -> {
              groupStop(w);
              detach(w, 0);
              w.await(() -> state(w, 0) == 'T');
              w.look(0);
              seeTracer(w, 0);
              w.signal(0, 18);
              w.look(0);
            }),
        scenario(
            "SIGKILL ends the stop of a fork",
            w -> {
              w.seize(0);
              int child = w.born(0, FORK);
              send(w, 0, 9);
              letEnd(w, 0);
              w.awaitEnd(0);
              w.look(0);
              stop(w, child);
              w.look(child);
              w.lists();
            }),
        scenario(
            "SIGKILL ends a group stop",
            w -> {
              groupStop(w);
              w.ptrace.listen(w.pid(0));
              send(w, 0, 9);
              letEnd(w, 0);
              w.awaitEnd(0);
              w.look(0);
            }),
        scenario(
            "an orphan is traced",
            w -> {
              int child = child(w);
              w.ask(0, EXIT, 1);
              letEnd(w, 0);
              w.awaitEnd(0);
              w.look(child);
              seeTracer(w, child);
              w.lists();
              w.ask(child, EXIT, 2);
              letEnd(w, child);
              w.awaitEnd(child);
              w.look(child);
              w.collect(child);
            }),
        scenario(
            "the end of a tracee is its tracer's first, then its parent's",
            w -> {
              int child = child(w);
              w.ask(child, EXIT, 2);
              seeMessage(w, child);
              goOn(w, child, 0);
              awaitTracedEnd(w, child);
              w.look(child);
              seeTracer(w, child);
              w.see("its parent's", w.act(0, WAIT, 0, 0));
              w.traced.collect(w.pid(child));
              stop(w, 0);
              seeSender(w, 0);
              goOn(w, 0, 17);
              w.look(child);
              seeEnd(w, child);
              w.see("its parent's", w.act(0, WAIT, 0, 0));
              w.look(child);
            }),
        scenario(
            "the end of a tracee is its tracer's though its parent has ended",
            w -> {
              int child = child(w);
              w.ask(child, EXIT, 2);
              seeMessage(w, child);
              goOn(w, child, 0);
              awaitTracedEnd(w, child);
              w.ask(0, EXIT, 1);
              letEnd(w, 0);
              w.awaitEnd(0);
              w.look(child);
              seeEnd(w, child);
              w.collect(child);
              w.look(child);
            }),
        scenario(
            "a child that is traced is collected once",
            w -> {
              w.seize(0);
              w.ask(0, EXIT, 2);
              seeMessage(w, 0);
              goOn(w, 0, 0);
              awaitTracedEnd(w, 0);
              w.look(0);
              seeEnd(w, 0);
              w.traced.collect(w.pid(0));
              w.look(0);
            }),
        scenario(
            "the end of a child is a signal to its parent",
            w -> {
              int child = child(w);
              w.ask(child, EXIT, 2);
              letEnd(w, child);
              stop(w, 0);
              seeSender(w, 0);
              goOn(w, 0, 17);
              w.see("its parent's", w.act(0, WAIT, 0, 0));
              seeRuns(w, 0);
            }),
        scenario(
            "a process is interrupted",
            w -> {
              w.seize(0);
              w.ptrace.interrupt(w.pid(0));
              stop(w, 0);
              goOn(w, 0, 0);
              seeRuns(w, 0);
            }),
        scenario(
            "another wait takes a stop",
            w -> {
              w.seize(0);
              send(w, 0, 15);
              AtomicReference<Wait.@Nullable Collected> taken = new AtomicReference<>();
              w.await(
                  () -> {
                    taken.set(w.wait.collect(w.pid(0)));
                    return taken.get() != null;
                  });
              Wait.@Nullable Collected stop = taken.get();
              w.see("taken", stop == null ? null : stop.waitStatus());
              w.see("stop", w.traced.takeStop(w.pid(0)));
              w.see("stolen", w.ptrace.stolenStop(w.pid(0), w.traced));
              w.look(0);
              goOn(w, 0, 0);
              seeRuns(w, 0);
            }),
        scenario(
            "a wait finds the stop of what is no child",
            w -> {
              int child = child(w);
              send(w, child, 15);
              stop(w, child);
              w.look(child);
              w.see("end", w.traced.end(w.pid(child)));
              w.see("ours", w.traced.isOurs(w.pid(child)));
            }),
        scenario(
            "what a thread has traced is killed when that ends",
            w -> {
              w.answers(0);
              w.traceForAMoment(0);
              w.awaitEnd(0);
              w.look(0);
              seeTracer(w, 0);
            }));
  }

  private static char state(World w, int actor) {
    ProcessStat stat = w.kernel.procfs.stat(w.pid(actor));
    return stat == null ? '?' : stat.state();
  }
}
