package io.github.subreaper.internal.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.subreaper.internal.linux.Machine.Proc;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.linux.files.Epoll;
import io.github.subreaper.internal.linux.proc.LastPid;
import io.github.subreaper.internal.linux.proc.NewChildren;
import io.github.subreaper.internal.linux.proc.Pidfd;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.Reading;
import io.github.subreaper.internal.linux.proc.Wait;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.internal.linux.ptrace.TracedWait;
import io.github.subreaper.testing.CProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulated kernel shows what Linux shows: each scenario runs on both, and what can be seen is
 * equal. Pids are mapped, times masked. To add one, add a line to {@link #scenarios}.
 */
@Timeout(60)
class TruthTest {
  static final int EXIT = 2;
  private static final int KILL = 3;
  static final int SETSID = 4;
  private static final int SETPGID = 5;
  static final int WAIT = 6;
  static final int EXEC = 7;
  private static final int LIMIT = 8;
  static final int FORK = 1;
  static final int VFORK = 9;
  static final int THREAD = 10;
  static final int END_THREAD = 11;
  private static final int SUBREAPER = 12;
  private static final int IGNORE = 13;

  private static final int PIECE = 3;
  private static final byte[] VARIABLE = "SOME=thing".getBytes(StandardCharsets.UTF_8);
  private static final int SLOT_BYTES = 28;
  private static final int BORN = 24;
  private static final int MOST_SLOTS = 16;

  @TempDir static Path directory;
  private static @Nullable Path program;
  private static boolean flagBefore;

  @BeforeAll
  static void becomeSubreaper() throws Exception {
    Path built = CProgram.build(directory, "actor", "-pthread");
    Files.copy(built, directory.resolve("actor2"));
    program = built;
    Kernel kernel = new Kernel();
    flagBefore = kernel.subreaper.get();
    kernel.subreaper.set(true);
  }

  @AfterAll
  static void leave() {
    new Kernel().subreaper.set(flagBefore);
  }

  /** One of the two kernels, with actors that carry out commands. Actor 0 is a child of this. */
  abstract static class World implements AutoCloseable {
    final Kernel kernel;
    final Wait wait;
    final Ptrace ptrace;
    final TracedWait traced;
    final List<Integer> pids = new ArrayList<>();
    final List<String> seen = new ArrayList<>();
    final Set<Integer> vforked = new HashSet<>();

    World(Kernel kernel) {
      this.kernel = kernel;
      this.wait = kernel.newWaits();
      this.ptrace = kernel.ptrace();
      this.traced = kernel.tracedWait();
    }

    int pid(int actor) {
      return pids.get(actor);
    }

    /** Returns the number of the new actor. */
    abstract int fork(int actor);

    /** The actor does nothing until the new one execs or ends. */
    abstract int vfork(int actor);

    /** Returns the number of the new thread, which acts like a process. */
    abstract int thread(int actor);

    abstract int act(int actor, int op, int first, int second);

    /** The same; a tracer may keep the actor from the answer. */
    abstract void ask(int actor, int op, int first);

    /** A traced actor forks, or starts a thread; the stop for that is taken. */
    abstract int born(int actor, int op);

    /** Lets all happen that does, and returns whether it is so by then, which it is on Linux. */
    abstract void await(BooleanSupplier condition);

    /** Has an actor traced by a thread, which ends. */
    abstract void traceForAMoment(int actor);

    abstract int testThread();

    /** This thread traces an actor. */
    void seize(int actor) {
      see("seized", ptrace.seize(pid(actor), false));
    }

    /** Sends a signal, by the kernel under test, and lets it take effect. */
    abstract void signal(int actor, int signal);

    /** Waits for the end of an actor to which a signal is on its way. */
    abstract void awaitEnd(int actor);

    /** Returns what a file of an actor shows, read in two pieces. */
    abstract byte[] inPieces(int actor, String file, Runnable between);

    /** Waits until an actor, which may be amid its exec, does what it is asked. */
    abstract void answers(int actor);

    /** Sees of which program the second piece is: the first one has three bytes. */
    void seePieces(int actor, String file, Runnable between) {
      answers(actor);
      byte[] before = inPieces(actor, file, () -> {});
      byte[] read = inPieces(actor, file, between);
      boolean missing = read.length == PIECE;
      see("first piece", Arrays.equals(read, 0, PIECE, before, 0, PIECE));
      see("second piece", missing ? "missing" : read.length == before.length);
      see("of the new program", !missing && Arrays.equals(read, inPieces(actor, file, () -> {})));
    }

    void exit(int actor, int code) {
      act(actor, EXIT, code, 0);
    }

    void see(String what, @Nullable Object value) {
      seen.add(what + ": " + value);
    }

    String name(int pid) {
      int actor = pids.lastIndexOf(pid);
      return pid == Machine.JVM ? "JVM" : actor >= 0 ? "actor " + actor : "another";
    }

    private ProcessStat own() {
      return Objects.requireNonNull(kernel.procfs.stat(Procfs.SELF));
    }

    private String group(int number) {
      return number == own().processGroup() ? "JVM" : name(number);
    }

    private String session(int number) {
      return number == own().session() ? "JVM" : name(number);
    }

    String names(int @Nullable [] list) {
      return list == null
          ? "no list"
          : Arrays.stream(list)
              .filter(pids::contains)
              .mapToObj(this::name)
              .collect(Collectors.joining(", "));
    }

    @Nullable String processName(int actor) {
      ProcessStat stat = kernel.procfs.stat(pid(actor));
      return stat == null ? null : stat.name();
    }

    /** It runs at times, or waits for a page of its own. */
    char shown(int actor, char state) {
      boolean idle = state == 'R' || (state == 'D' && !vforked.contains(actor));
      return idle ? 'S' : state;
    }

    /** Sees what {@code /proc} and the waits show of an actor. */
    void look(int actor) {
      int pid = pid(actor);
      ProcessStat stat = kernel.procfs.stat(pid);
      see(
          "stat of " + actor,
          stat == null
              ? null
              : shown(actor, stat.state())
                  + " parent "
                  + name(stat.parent())
                  + ", group of "
                  + group(stat.processGroup())
                  + ", session of "
                  + session(stat.session())
                  + ", threads "
                  + stat.threads());
      Wait.Zombie zombie = wait.zombie(pid);
      see("zombie", zombie == null ? null : name(zombie.pid()) + " " + zombie.waitStatus());
      see("child", wait.child(pid));
      see("signal 0", kernel.kill.send(pid, 0));
    }

    /** Sees all that {@code /proc} and the waits show of all actors. */
    void lookAtAll() {
      for (int actor = 0; actor < pids.size(); actor++) {
        look(actor);
        int pid = pid(actor);
        List<Integer> threads = kernel.procfs.threads(pid);
        see("threads", threads.stream().map(this::name).toList());
        for (int tid : threads) {
          see("state", shown(actor, kernel.procfs.threadState(pid, tid)));
          see("children", names(kernel.procfs.children(pid, tid)));
        }
        see("process", name(kernel.procfs.processOf(pid)));
        see("second thread", kernel.procfs.isSecondThread(pid));
        see("stopped by", wait.stopSignal(pid));
        see("limit", kernel.fileLocks.peek(pid));
      }
      lists();
    }

    void collect(int actor) {
      Wait.Collected collected = wait.collect(pid(actor));
      see("collected " + actor, collected == null ? null : collected.waitStatus());
    }

    void lists() {
      see("of the adopter", names(kernel.procfs.children(Procfs.SELF, Machine.JVM)));
      see("of the thread", names(kernel.procfs.children(Procfs.SELF, testThread())));
    }

    @Override
    public abstract void close();
  }

  /** Actors are processes that read their steps from a file. */
  private static final class OnLinux extends World {
    private final MappedByteBuffer slots;
    private boolean traces;

    OnLinux() throws IOException {
      super(new Kernel());
      Path file = Files.createTempFile(directory, "slots", "");
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        slots = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096);
      }
      slots.order(java.nio.ByteOrder.nativeOrder());
      Path actor = Objects.requireNonNull(program);
      List<byte[]> arguments =
          Stream.of(actor.toString(), file.toString(), "0")
              .map(word -> word.getBytes(StandardCharsets.UTF_8))
              .toList();
      pids.add(
          kernel
              .spawn
              .spawn(
                  new PosixSpawn.Request(
                      actor, arguments, List.of(VARIABLE), PosixSpawn.Streams.NONE))
              .pid());
      answers(0); // its exec is over
    }

    private static final long LONGEST_NANOS = 300_000_000_000L;

    @Override
    void await(BooleanSupplier condition) {
      long deadline = System.nanoTime() + LONGEST_NANOS;
      while (!condition.getAsBoolean()) {
        assertThat(System.nanoTime() - deadline).as("waits for minutes").isNegative();
        Thread.onSpinWait();
      }
    }

    @Override
    void awaitEnd(int actor) {
      await(
          () -> {
            ProcessStat stat = kernel.procfs.stat(pid(actor));
            return stat == null || (stat.hasEnded() && stat.state() != 'X'); // X: gone soon
          });
    }

    private boolean isEnded(int actor) {
      ProcessStat stat = kernel.procfs.stat(pid(actor));
      return stat == null || stat.state() == 'Z';
    }

    @Override
    byte[] inPieces(int actor, String file, Runnable between) {
      Path path = Path.of("/proc/" + pid(actor) + "/" + file);
      try (InputStream in = Files.newInputStream(path)) { // without a buffer
        byte[] first = in.readNBytes(PIECE);
        between.run();
        byte[] rest = in.readAllBytes();
        byte[] all = Arrays.copyOf(first, first.length + rest.length);
        System.arraycopy(rest, 0, all, first.length, rest.length);
        return all;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private int free() {
      assertThat(pids.size()).isLessThan(MOST_SLOTS);
      return pids.size();
    }

    @Override
    int fork(int actor) {
      int child = free();
      pids.add(act(actor, FORK, child, 0));
      return child;
    }

    @Override
    int vfork(int actor) {
      vforked.add(actor);
      return reported(actor, VFORK);
    }

    @Override
    int thread(int actor) {
      return reported(actor, THREAD);
    }

    @Override
    void ask(int actor, int op, int first) {
      ask(actor, op, first, 0);
    }

    @Override
    int born(int actor, int op) {
      int child = free();
      ask(actor, op, child, 0);
      pids.add(TracedScenarios.message(this, actor));
      see("its pid", true);
      return child;
    }

    @Override
    void seize(int actor) {
      traces = true;
      ProcessStat stat = kernel.procfs.stat(pid(actor));
      if (stat != null && (stat.state() == 'R' || stat.state() == 'S')) {
        answers(actor); // its exec is over
      }
      super.seize(actor);
    }

    @Override
    void traceForAMoment(int actor) {
      Thread tracer = new Thread(() -> see("seized", kernel.ptrace().seize(pid(actor), false)));
      tracer.start();
      new Time().join(tracer, LONGEST_NANOS);
    }

    private int reported(int actor, int op) {
      int child = free();
      int asked = ask(actor, op, child, 0);
      await(() -> op == VFORK || slots.getInt(actor * SLOT_BYTES + 16) == asked);
      await(() -> slots.getInt(child * SLOT_BYTES + BORN) != 0);
      pids.add(slots.getInt(child * SLOT_BYTES + BORN));
      if (op == VFORK) {
        await(() -> Objects.requireNonNull(kernel.procfs.stat(pid(actor))).state() == 'D');
      }
      return child;
    }

    @Override
    void answers(int actor) {
      act(actor, 0, 0, 0); // no step
    }

    private int ask(int actor, int op, int first, int second) {
      int slot = actor * SLOT_BYTES;
      slots.putInt(slot + 4, op);
      slots.putInt(slot + 8, first);
      slots.putInt(slot + 12, second);
      int asked = slots.getInt(slot) + 1;
      slots.putInt(slot, asked);
      return asked;
    }

    @Override
    int act(int actor, int op, int first, int second) {
      int slot = actor * SLOT_BYTES;
      int asked = ask(actor, op, first, second);
      await(() -> slots.getInt(slot + 16) == asked || isEnded(actor));
      if (op == EXEC) {
        await(() -> "actor2".equals(processName(actor)));
        ask(actor, 0, 0, 0); // the exec is over when this is answered
        await(() -> slots.getInt(slot + 16) == slots.getInt(slot));
      }
      return slots.getInt(slot + 20);
    }

    @Override
    int testThread() {
      return kernel.procfs.ownTid();
    }

    @Override
    void signal(int actor, int signal) {
      ProcessStat before = kernel.procfs.stat(pid(actor));
      see("sent", kernel.kill.send(pid(actor), signal));
      if (before == null || before.hasEnded()) {
        return;
      }
      boolean waits = shown(actor, before.state()) == 'D' || before.state() == 'Z';
      if (signal == SignalNumber.SIGCONT) {
        await(() -> Objects.requireNonNull(kernel.procfs.stat(pid(actor))).state() != 'T');
      } else if (!waits && before.state() != 'T' && signal == SignalNumber.SIGSTOP) {
        await(() -> Objects.requireNonNull(kernel.procfs.stat(pid(actor))).state() == 'T');
      } else if (signal == SignalNumber.SIGKILL
          || (signal == SignalNumber.SIGTERM && !waits && before.state() != 'T')) {
        awaitEnd(actor);
      }
    }

    /** Each ends, and stops once more before that. */
    private void endTraced() {
      pids.forEach(pid -> kernel.kill.send(pid, SignalNumber.SIGKILL));
      await(
          () -> {
            TracedWait.Found found = traced.any(true, false);
            if (found == TracedWait.Found.SOMETHING && traced.isStop()) {
              ptrace.detach(traced.tid(), 0);
            } else if (found == TracedWait.Found.SOMETHING) {
              traced.collect(traced.tid());
            }
            return found == TracedWait.Found.OVER;
          });
    }

    @Override
    public void close() {
      if (traces) {
        endTraced();
      }
      for (int i = 0; i < pids.size(); i++) {
        // Each is a child of this JVM or below one; what this JVM has not collected is pinned.
        kernel.kill.send(pids.get(i), wait.child(pids.get(i)) == Wait.Child.RUNS ? 9 : 0);
      }
      for (int pid : pids) {
        await(
            () -> {
              wait.collect(pid);
              ProcessStat stat = kernel.procfs.stat(pid);
              if (stat != null && stat.parent() == Machine.JVM) {
                kernel.kill.send(pid, 9);
              }
              return stat == null || (stat.parent() != Machine.JVM && stat.parent() <= 1);
            });
      }
    }
  }

  /** Actors are processes of a machine. */
  private static final class Simulated extends World {
    private final Machine machine;
    private final List<Proc> actors = new ArrayList<>();

    Simulated() {
      this(new Machine());
    }

    private Simulated(Machine machine) {
      super(new SimulatedKernel(machine));
      this.machine = machine;
      machine.jvm.ours = true;
      kernel.subreaper.set(true);
      add(machine.fork(machine.jvm));
      machine.exec(actors.get(0), "actor");
      actors.get(0).variables = Arrays.copyOf(VARIABLE, VARIABLE.length + 1);
    }

    @Override
    void answers(int actor) {}

    @Override
    byte[] inPieces(int actor, String file, Runnable between) {
      machine.hasLongLines = true;
      machine.hook(
          new Machine.Hook() {
            @Override
            public void call(String name, int pid) {
              if (name.equals(file + ", on")) {
                machine.unhook();
                between.run();
              }
            }

            @Override
            public boolean reads() {
              return true;
            }

            @Override
            public int cut(int size) {
              return PIECE;
            }
          });
      Procfs procfs = kernel.procfs;
      int pid = pid(actor);
      Reading read =
          file.equals("cmdline")
              ? procfs.commandLineAtOneRead(pid)
              : procfs.environmentAtOneRead(pid);
      return Objects.requireNonNull(read).copy();
    }

    private int add(Proc actor) {
      actors.add(actor);
      pids.add(actor.pid);
      return actors.size() - 1;
    }

    @Override
    void awaitEnd(int actor) {
      machine.settle();
    }

    @Override
    void ask(int actor, int op, int first) {
      act(actor, op, first, 0);
    }

    @Override
    void await(BooleanSupplier condition) {
      machine.settle();
      assertThat(condition.getAsBoolean()).isTrue();
    }

    @Override
    int born(int actor, int op) {
      int child = op == FORK ? fork(actor) : op == VFORK ? vfork(actor) : thread(actor);
      see("its pid", TracedScenarios.message(this, actor) == pid(child));
      return child;
    }

    @Override
    void traceForAMoment(int actor) {
      machine.useOtherThread();
      see("seized", ptrace.seize(pid(actor), false));
      machine.caller = Machine.TEST_THREAD;
      machine.tracing.ends(Machine.OTHER_THREAD);
    }

    @Override
    int fork(int actor) {
      Proc parent = actors.get(actor);
      return add(pid(actor) == parent.pid ? machine.fork(parent) : machine.forkOfSecond(parent));
    }

    @Override
    int vfork(int actor) {
      vforked.add(actor);
      return add(machine.vfork(actors.get(actor)));
    }

    @Override
    int thread(int actor) {
      Proc process = actors.get(actor);
      machine.startThread(process);
      actors.add(process);
      pids.add(process.second);
      return actors.size() - 1;
    }

    @Override
    int act(int actor, int op, int first, int second) {
      Proc process = actors.get(actor);
      int result = 0;
      if (!process.isAlive()) {
        return result;
      }
      switch (op) {
        case EXIT -> machine.exit(process, WaitStatus.exited(first));
        case KILL -> result = machine.kill(process.pid, first, second);
        case SETSID -> result = machine.setsid(process) ? 0 : Errno.EPERM;
        case SETPGID ->
            result = machine.setpgid(process, first == 0 ? process.pid : first) ? 0 : Errno.EPERM;
        case WAIT -> {
          Proc zombie = machine.zombieOf(process);
          result = zombie == null ? -1 : zombie.status;
          if (zombie != null) {
            machine.collect(zombie);
          }
        }
        case EXEC -> machine.exec(process, "actor2");
        case LIMIT -> process.locks = first;
        case END_THREAD -> machine.endThread(process, pid(actor) == process.pid);
        case SUBREAPER -> process.subreaper = true;
        case IGNORE -> process.ignoresChildren = true;
        default -> throw new IllegalArgumentException("" + op);
      }
      machine.settle();
      return result;
    }

    @Override
    int testThread() {
      return Machine.TEST_THREAD;
    }

    @Override
    void signal(int actor, int signal) {
      see("sent", kernel.kill.send(pid(actor), signal));
      machine.settle();
    }

    @Override
    public void close() {}
  }

  /**
   * What is done and seen.
   *
   * @param minor of the first Linux where it is so, with {@code major}
   */
  record Scenario(String name, int major, int minor, Consumer<World> steps) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Scenario scenario(String name, Consumer<World> steps) {
    return since(0, 0, name, steps);
  }

  static Scenario since(int major, int minor, String name, Consumer<World> steps) {
    return new Scenario(name, major, minor, steps);
  }

  /** What a pidfd shows from then on. */
  private static Scenario ofPidfds(String name, Consumer<World> steps) {
    return since(6, 15, name, steps);
  }

  /** What is done with a child of actor 0, or with actor 0 itself. */
  private record Step(String name, BiConsumer<World, Integer> action) {}

  private static Step step(String name, BiConsumer<World, Integer> action) {
    return new Step(name, action);
  }

  private static final Step STOPPED = step("that is stopped", (w, c) -> w.signal(c, 19));
  private static final Step VFORKS = step("that waits in vfork", World::vfork);
  private static final List<Step> CHILDREN =
      List.of(
          step("that runs", (w, c) -> {}),
          STOPPED,
          VFORKS,
          step("that is a zombie", (w, c) -> w.exit(c, 3)),
          step("that leads a session", (w, c) -> w.act(c, SETSID, 0, 0)),
          step("that leads a group", (w, c) -> w.act(c, SETPGID, 0, 0)),
          step("with a child", World::fork),
          step("with a zombie", (w, c) -> w.exit(w.fork(c), 4)),
          step("with a child that is stopped", (w, c) -> w.signal(w.fork(c), 19)),
          step(
              "that is a subreaper and adopts",
              (w, c) -> {
                w.act(c, SUBREAPER, 0, 0);
                int middle = w.fork(c);
                w.fork(middle);
                w.exit(middle, 0);
              }),
          step(
              "that ignores the end of its child",
              (w, c) -> {
                w.act(c, IGNORE, 0, 0);
                w.exit(w.fork(c), 0);
              }),
          step("with a second thread that has a child", (w, c) -> w.fork(w.thread(c))),
          step(
              "without its first thread",
              (w, c) -> {
                w.fork(c);
                w.thread(c);
                w.act(c, END_THREAD, 0, 0);
              }),
          step(
              "whose second thread has ended",
              (w, c) -> {
                int thread = w.thread(c);
                w.fork(thread);
                w.act(thread, END_THREAD, 0, 0);
              }),
          step("with another limit", (w, c) -> w.act(c, LIMIT, 77, 0)));
  private static final List<Step> EVENTS =
      List.of(
          step("its parent exits", (w, c) -> w.exit(0, 1)),
          step("its parent is killed", (w, c) -> w.signal(0, 9)),
          step("its parent execs", (w, c) -> w.act(0, EXEC, 0, 0)),
          step(
              "its parent ignores it and both end",
              (w, c) -> {
                w.act(0, IGNORE, 0, 0);
                w.signal(c, 9);
                w.exit(0, 0);
              }),
          step(
              "its parent is a subreaper and collects",
              (w, c) -> {
                w.act(0, SUBREAPER, 0, 0);
                w.signal(c, 9);
                w.see("collected", w.act(0, WAIT, 0, 0));
                w.see("collected", w.act(0, WAIT, 0, 0));
              }),
          step("it is killed", (w, c) -> w.signal(c, 9)),
          step(
              "it is collected after its parent",
              (w, c) -> {
                w.exit(0, 0);
                w.signal(c, 9);
                w.collect(c);
                w.collect(0);
              }),
          step(
              "its parent's second thread forks and the first ends",
              (w, c) -> {
                w.fork(w.thread(0));
                w.act(0, END_THREAD, 0, 0);
              }));

  /** Each condition of a child meets each event. */
  static Stream<Scenario> meetings() {
    return CHILDREN.stream()
        .flatMap(
            child ->
                EVENTS.stream()
                    .map(
                        event ->
                            scenario(
                                "a child " + child.name + ", and " + event.name,
                                w -> {
                                  int actor = w.fork(0);
                                  child.action.accept(w, actor);
                                  event.action.accept(w, actor);
                                  w.lookAtAll();
                                })));
  }

  static Stream<Scenario> scenarios() {
    return Stream.of(meetings(), singles(), TracedScenarios.all()).flatMap(all -> all);
  }

  private static Stream<Scenario> singles() {
    return Stream.of(
        scenario(
            "a child exits and is collected",
            w -> {
              w.collect(0); // it runs
              w.exit(0, 3);
              w.look(0);
              w.lists();
              w.collect(0);
              w.look(0);
              w.lists();
              w.collect(0);
            }),
        scenario(
            "a child is terminated",
            w -> {
              w.signal(0, 15);
              w.look(0);
            }),
        scenario(
            "a grandchild is no child",
            w -> {
              int child = w.fork(0);
              w.look(child);
              w.collect(child);
              w.see("below", w.names(w.kernel.procfs.children(w.pid(0), w.pid(0))));
              w.lists();
            }),
        scenario(
            "orphans are adopted in order",
            w -> {
              int first = w.fork(0);
              int second = w.fork(0);
              int below = w.fork(first);
              w.exit(first, 0);
              w.exit(0, 0);
              w.lists();
              w.look(below);
              w.look(second);
            }),
        scenario(
            "a process collects its child",
            w -> {
              int child = w.fork(0);
              w.see("none", w.act(0, WAIT, 0, 0));
              w.exit(child, 7);
              w.see("its status", w.act(0, WAIT, 0, 0));
              w.look(child);
            }),
        scenario(
            "a process is stopped",
            w -> {
              w.signal(0, 19);
              w.look(0);
              w.see("by", w.wait.stopSignal(w.pid(0)));
              w.signal(0, 18);
              w.look(0);
              w.see("by", w.wait.stopSignal(w.pid(0)));
            }),
        scenario(
            "a stopped process is killed",
            w -> {
              w.signal(0, 19);
              w.signal(0, 9);
              w.look(0);
              w.see("by", w.wait.stopSignal(w.pid(0)));
            }),
        scenario(
            "a stopped process is terminated when it goes on",
            w -> {
              w.signal(0, 19);
              w.signal(0, 15);
              w.look(0);
              int child = w.pid(0);
              w.kernel.kill.send(child, 18);
              w.signal(0, 9);
              w.see("ended", w.wait.child(child));
            }),
        scenario(
            "a process begins a session",
            w -> {
              int child = w.fork(0);
              w.see("done", w.act(child, SETSID, 0, 0));
              w.look(child);
              int below = w.fork(child);
              w.look(below);
              w.see("again", w.act(child, SETSID, 0, 0));
              w.see("leader's group", w.act(child, SETPGID, 0, 0));
            }),
        scenario(
            "a process makes a group",
            w -> {
              int child = w.fork(0);
              int other = w.fork(0);
              w.see("done", w.act(child, SETPGID, 0, 0));
              w.see("joined", w.act(other, SETPGID, w.pid(child), 0));
              w.look(child);
              w.look(other);
              w.see("no such group", w.act(other, SETPGID, w.pid(0), 0));
            }),
        scenario(
            "a group is killed at once",
            w -> {
              int child = w.fork(0);
              w.act(child, SETSID, 0, 0);
              int below = w.fork(child);
              w.see("sent", w.kernel.kill.sendToGroup(w.pid(child), 19));
              w.signal(below, 9);
              w.signal(child, 9);
              w.look(below);
              w.look(child);
            }),
        scenario(
            "there is no such group", w -> w.see("sent", w.kernel.kill.sendToGroup(w.pid(0), 9))),
        scenario(
            "a group is hung up when it becomes orphaned with a stopped member",
            w -> {
              int leader = w.fork(0);
              w.act(leader, SETSID, 0, 0);
              int child = w.fork(leader);
              w.act(child, SETPGID, 0, 0);
              w.signal(child, 19);
              w.exit(leader, 0);
              w.awaitEnd(child);
              w.look(child);
            }),
        scenario(
            "a group is not hung up while no member is stopped",
            w -> {
              int leader = w.fork(0);
              w.act(leader, SETSID, 0, 0);
              int child = w.fork(leader);
              w.act(child, SETPGID, 0, 0);
              w.exit(leader, 0);
              w.look(child);
            }),
        ofPidfds(
            "a pidfd of a process that runs",
            w -> {
              try (Pidfd pidfd = w.kernel.pidfd(w.pid(0))) {
                w.see("ended", pidfd.hasEnded());
                w.see("signal 0", pidfd.send(0));
                w.see("status", pidfd.waitStatus());
                w.see("parent", w.name(pidfd.parent().orElse(0)));
              }
            }),
        ofPidfds(
            "a pidfd of a zombie",
            w -> {
              try (Pidfd pidfd = w.kernel.pidfd(w.pid(0))) {
                w.exit(0, 4);
                w.see("ended", pidfd.hasEnded());
                w.see("signal", pidfd.send(9));
                w.see("status", pidfd.waitStatus());
              }
            }),
        ofPidfds(
            "a pidfd of what has been collected",
            w -> {
              try (Pidfd pidfd = w.kernel.pidfd(w.pid(0))) {
                w.exit(0, 4);
                w.collect(0);
                w.see("ended", pidfd.hasEnded());
                w.see("signal", pidfd.send(9));
                w.see("status", pidfd.waitStatus());
                w.see("parent", pidfd.parent());
              }
            }),
        scenario(
            "a pidfd that is closed",
            w -> {
              Pidfd pidfd = w.kernel.pidfd(w.pid(0));
              pidfd.close();
              w.see("ended", pidfd.hasEnded());
              w.see("signal", pidfd.send(0));
              w.see("status", pidfd.waitStatus());
            }),
        scenario(
            "no pidfd of what is gone",
            w -> {
              w.exit(0, 0);
              w.collect(0);
              try (Pidfd pidfd = w.kernel.pidfd(w.pid(0))) {
                w.see("opened", pidfd.hasEnded());
              } catch (LinuxException e) {
                w.see("errno", e.errno());
              }
            }),
        scenario(
            "a pidfd of a zombie can be opened",
            w -> {
              w.exit(0, 0);
              try (Pidfd pidfd = w.kernel.pidfd(w.pid(0))) {
                w.see("ended", pidfd.hasEnded());
              }
            }),
        ofPidfds(
            "an end and a collect are reported once each",
            w -> {
              try (Epoll epoll = w.kernel.epoll();
                  Pidfd pidfd = w.kernel.pidfd(w.pid(0))) {
                w.see("added", epoll.add(pidfd, 5));
                w.see("found", epoll.await(0));
                w.exit(0, 0);
                w.await(() -> epoll.await(0) == 1); // the state of a zombie is seen before it
                w.see("token", epoll.token(0));
                w.see("collected", epoll.isCollected(0));
                w.see("found", epoll.await(0));
                w.collect(0);
                w.see("found", epoll.await(0));
                w.see("collected", epoll.isCollected(0));
                w.see("found", epoll.await(0));
              }
            }),
        scenario(
            "what has happened before is reported",
            w -> {
              w.exit(0, 0);
              try (Epoll epoll = w.kernel.epoll();
                  Pidfd pidfd = w.kernel.pidfd(w.pid(0))) {
                w.see("added", epoll.add(pidfd, 5));
                w.see("found", epoll.await(0));
                w.see("collected", epoll.isCollected(0));
                epoll.wake();
                w.see("found", epoll.await(0));
                w.see("woken", epoll.token(0) < 0);
              }
            }),
        scenario(
            "nothing is reported of a closed descriptor",
            w -> {
              try (Epoll epoll = w.kernel.epoll()) {
                Pidfd pidfd = w.kernel.pidfd(w.pid(0));
                epoll.add(pidfd, 5);
                pidfd.close();
                w.exit(0, 0);
                w.see("found", epoll.await(0));
                w.see("added", epoll.add(pidfd, 6));
              }
            }),
        scenario(
            "a limit is inherited",
            w -> {
              w.kernel.fileLocks.set(w.pid(0), 77);
              int child = w.fork(0);
              w.see("by a call", w.kernel.fileLocks.peek(w.pid(child)));
              w.see("in /proc", w.kernel.procfs.fileLockLimit(w.pid(child)));
              w.act(child, LIMIT, 78, 0);
              w.see("shed", w.kernel.fileLocks.get(w.pid(child)));
              w.see("its parent's", w.kernel.fileLocks.get(w.pid(0)));
            }),
        scenario(
            "a zombie shows its limit",
            w -> {
              w.kernel.fileLocks.set(w.pid(0), 77);
              w.exit(0, 0);
              w.see("by a call", w.kernel.fileLocks.peek(w.pid(0)));
              w.see("in /proc", w.kernel.procfs.fileLockLimit(w.pid(0)));
              w.collect(0);
              w.see("by a call", w.kernel.fileLocks.peek(w.pid(0)));
              w.see("in /proc", w.kernel.procfs.fileLockLimit(w.pid(0)));
            }),
        scenario(
            "an exec keeps the limit and changes the name",
            w -> {
              w.kernel.fileLocks.set(w.pid(0), 77);
              w.see("name", w.processName(0));
              w.act(0, EXEC, 0, 0);
              w.see("name", w.processName(0));
              w.see("limit", w.kernel.fileLocks.get(w.pid(0)));
              w.look(0);
            }),
        scenario(
            "a zombie shows little",
            w -> {
              w.exit(0, 6);
              w.see("arguments", w.kernel.procfs.commandLine(w.pid(0)));
              w.see("program", w.kernel.procfs.executable(w.pid(0)));
              w.see("directory", w.kernel.procfs.workingDirectory(w.pid(0)));
              w.see("threads", w.kernel.procfs.threads(w.pid(0)).size());
              w.see("tracer", w.kernel.procfs.statusNumber(w.pid(0), "TracerPid"));
              w.see("children", w.names(w.kernel.procfs.children(w.pid(0), w.pid(0))));
            }),
        scenario(
            "what is gone shows nothing",
            w -> {
              w.exit(0, 0);
              w.collect(0);
              w.see("arguments", w.kernel.procfs.commandLine(w.pid(0)));
              w.see("program", w.kernel.procfs.executable(w.pid(0)));
              w.see("threads", w.kernel.procfs.threads(w.pid(0)).size());
              w.see("user", w.kernel.procfs.statusNumber(w.pid(0), "Uid"));
              w.see("children", w.names(w.kernel.procfs.children(w.pid(0), w.pid(0))));
              w.see("status", w.kernel.procfs.exitCode(w.pid(0)));
              w.see("by", w.wait.stopSignal(w.pid(0)));
            }),
        scenario(
            "new children are listed once, and some are skipped",
            w -> {
              try (NewChildren list = w.kernel.newChildren(Machine.JVM)) {
                int first = w.fork(0);
                int second = w.fork(0);
                w.exit(0, 0);
                int before = list.next().length;
                w.see("listed", before >= 2);
                w.see("new", w.names(list.next()));
                int third = w.fork(first);
                w.exit(first, 0);
                w.see("new", w.names(list.next()));
                int fourth = w.fork(second);
                w.collect(first);
                w.exit(second, 0);
                w.see("new, but one is skipped", w.names(list.next()));
                list.startAgain();
                w.see("all", w.names(list.next()));
                w.look(third);
                w.look(fourth);
              }
            }),
        scenario(
            "a command line is read on in another program",
            w -> w.seePieces(0, "cmdline", () -> w.act(0, EXEC, 0, 0))),
        scenario(
            "a command line is cut by the end of a process",
            w -> w.seePieces(0, "cmdline", () -> w.exit(0, 0))),
        scenario("a command line is read on", w -> w.seePieces(0, "cmdline", () -> {})),
        scenario(
            "an environment is cut by an exec",
            w -> w.seePieces(0, "environ", () -> w.act(0, EXEC, 0, 0))),
        scenario(
            "an environment is cut by the end of a process",
            w -> w.seePieces(0, "environ", () -> w.exit(0, 0))),
        scenario("an environment is read on", w -> w.seePieces(0, "environ", () -> {})),
        scenario(
            "a fork moves the latest pid",
            w -> {
              try (LastPid last = w.kernel.lastPid()) {
                int before = last.read();
                w.fork(0);
                w.see("moved", last.read() != before);
              }
            }));
  }

  private static boolean isLinux(int major, int minor) {
    String[] version = System.getProperty("os.version").split("\\D+", -1);
    int its = Integer.parseInt(version[0]);
    return its > major || (its == major && Integer.parseInt(version[1]) >= minor);
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void simulationShowsWhatLinuxShows(Scenario scenario) throws IOException {
    assumeThat(isLinux(scenario.major, scenario.minor)).isTrue();
    try (World linux = new OnLinux();
        World simulated = new Simulated()) {
      scenario.steps.accept(linux);
      scenario.steps.accept(simulated);
      assertThat(simulated.seen).isEqualTo(linux.seen).isNotEmpty();
    }
  }
}
