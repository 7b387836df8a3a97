package io.github.subreaper.internal.engine.tracer;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.PosixSpawn.Streams;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import io.github.subreaper.internal.linux.ptrace.TracedWait;
import io.github.subreaper.internal.linux.ptrace.TracedWait.Found;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What SIGKILL makes of a fork. The test's own thread traces, and nothing else collects. */
@Timeout(180)
class TraceesTest {
  private static final int RLIMIT_NOFILE = 7;

  @TempDir private Path directory;

  private final List<Integer> born = new ArrayList<>();
  private final List<Integer> executed = new ArrayList<>();
  private final List<Integer> unreported = new ArrayList<>();
  private final Ptrace ptrace = KERNEL.ptrace();
  private final TracedWait wait = KERNEL.tracedWait();
  private final Tracees tracees = new Tracees(KERNEL, TIME, new Born(), wait);
  private int parent;
  private int child;

  /** Has the traced program fork, and takes that stop. */
  @BeforeEach
  void fork() throws Exception {
    Path go = directory.resolve("go");
    parent = spawn("until [ -e '" + go + "' ]; do :; done; (:)");
    assertThat(tracees.seize(parent)).isZero();
    Files.createFile(go);
    awaitStop(Ptrace.EVENT_FORK);
    child = (int) ptrace.message(parent, Ptrace.EVENT_FORK);
    assertThat(child).isPositive();
  }

  @AfterEach
  void end() {
    KERNEL.kill.send(parent, SIGKILL);
    if (child > 0) {
      KERNEL.kill.send(child, SIGKILL);
    }
    while (wait.any(/* ends= */ true, /* block= */ true) != Found.OVER) {
      int which = wait.tid();
      if (wait.isStop()) {
        ptrace.goOn(which, 0);
      } else {
        wait.collect(which);
      }
    }
  }

  private static int spawn(String script) {
    List<byte[]> words =
        Stream.of("sh", "-c", script).map(one -> one.getBytes(StandardCharsets.UTF_8)).toList();
    PosixSpawn.Result result =
        KERNEL.spawn.spawn(
            new PosixSpawn.Request(Path.of("/bin/sh"), words, List.of(), Streams.NONE));
    assertThat(result.errno()).isZero();
    return result.pid();
  }

  private void awaitStop(int event) {
    while (!wait.takeStop(parent) || isLateExec()) {
      Thread.onSpinWait();
    }
    assertThat(wait.stop() >> 8).isEqualTo(event);
  }

  /** The exec lets posix_spawn return before the tracer sees it. */
  private boolean isLateExec() {
    boolean late = wait.stop() >> 8 == Ptrace.EVENT_EXEC;
    if (late) {
      ptrace.goOn(parent, 0);
    }
    return late;
  }

  /** Kills a process, and lets it go on from its exit stop until it has ended. */
  private void kill(int pid) {
    KERNEL.kill.send(pid, SIGKILL);
    while (wait.end(pid) != Found.SOMETHING) {
      ptrace.goOn(pid, 0);
    }
  }

  /** The kernel kills all that the thread still traces when it ends. */
  @Test
  void traceIsNotOverWhileAChildLivesWhoseForkerWasKilledBeforeItReported() {
    KERNEL.kill.send(parent, SIGKILL);
    awaitStop(Ptrace.EVENT_EXIT);
    ptrace.goOn(parent, 0); // the answer to the fork comes too late
    while (wait.end(parent) != Found.SOMETHING) {
      Thread.onSpinWait();
    }
    tracees.answer();
    assertThat(tracees.hidesNone()).isFalse();
    assertThat(tracees.areOver(wait.any(/* ends= */ false, /* block= */ false))).isFalse();

    kill(child);
    wait.collect(child);
    assertThat(tracees.areOver(wait.any(/* ends= */ false, /* block= */ false))).isTrue();
  }

  /**
   * The child was killed and collected before its birth was reported, and its number given again.
   */
  @Test
  void processThatIsNotTracedIsNoChild() throws Exception {
    int bystander = CompletableFuture.supplyAsync(() -> spawn("exec sleep 1000")).get();
    try {
      fork(bystander);
      assertThat(born).isEmpty();
    } finally {
      KERNEL.kill.send(bystander, SIGKILL);
      while (KERNEL.waits().collect(bystander) == null) {
        Thread.onSpinWait();
      }
    }
    fork(child);
    assertThat(born).containsExactly(child);
  }

  /** For want of a descriptor it may not have been seen that it is one. */
  @Test
  void threadIsNoChild() {
    fork(KERNEL.procfs.ownTid());
    assertThat(born).isEmpty();
  }

  private void fork(int pid) {
    tracees.fork(Objects.requireNonNull(tracees.threads.get(parent)), Ptrace.EVENT_FORK, pid);
  }

  /** Its first stop was taken by a wait of native code. */
  @Test
  void stolenStopIsAnsweredThoughTheForkerWasKilledBeforeItReported() {
    while (!wait.takeStop(child)) {
      Thread.onSpinWait();
    }
    kill(parent);
    tracees.answer();
    assertThat(born).isEmpty();
    unreported.add(child); // by a scan
    do {
      tracees.answerStolen();
      tracees.answerUnborn();
    } while (born.isEmpty());
    assertThat(born).containsExactly(child);
    while (wait.end(child) != Found.SOMETHING) { // it runs, and ends
      if (wait.takeStop(child)) {
        ptrace.goOn(child, 0);
      }
    }
  }

  /** With crash points its fork is a point, before all that it does; its forker has no CPU. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void childStandsStillUntilItsForkIsReported(boolean killed) {
    long[] later = {0};
    Time time =
        new Time() {
          @Override
          public long nanos() {
            return later[0];
          }
        };
    Tracees points = new Tracees(KERNEL, time, new Crashing(), wait);
    points.threads.add(
        parent, new Traced(Objects.requireNonNull(KERNEL.procfs.stat(parent)), true));
    while (wait.any(/* ends= */ true, /* block= */ false) != Found.SOMETHING) {
      Thread.onSpinWait();
    }
    points.answer(); // its first stop
    later[0] = 1_000_000_000;
    assertThat(points.answerUnborn()).isTrue();
    assertThat(born).isEmpty();
    if (killed) {
      kill(parent);
      points.answer();
    } else {
      later[0] = 3_000_000_000L;
    }
    assertThat(points.answerUnborn()).isFalse();
    assertThat(born).containsExactly(child);
  }

  /** Its birth was not reported: to collect it would take it from the reaper. */
  @Test
  void zombieThatCannotBeReadForWantOfADescriptorIsKept() {
    kill(parent);
    tracees.answer();
    kill(child);
    withoutDescriptors(tracees::answer);
    assertThat(wait.end(child)).isEqualTo(Found.SOMETHING);
    assertThat(born).isEmpty();

    tracees.collectBesideKept();
    assertThat(born).containsExactly(child);
    assertThat(wait.end(child)).isEqualTo(Found.OVER);
  }

  @Test
  void execIsReportedThoughItCannotBeReadForWantOfADescriptor() throws Exception {
    Path go = directory.resolve("exec");
    int other = spawn("until [ -e '" + go + "' ]; do :; done; exec sh -c 'exec sleep 1000; exit'");
    try {
      assertThat(tracees.seize(other)).isZero();
      Files.createFile(go);
      while (!isAboutToRun(other, "sleep")) {
        tracees.answer();
      }
      executed.clear();
      withoutDescriptors(tracees::answer);
      assertThat(executed).containsExactly(other);
    } finally {
      KERNEL.kill.send(other, SIGKILL);
    }
  }

  /** Waits for its next stop: a wait finds the youngest first. */
  private boolean isAboutToRun(int other, String name) {
    while (wait.any(/* ends= */ true, /* block= */ false) != Found.SOMETHING
        || wait.tid() != other) {
      Thread.onSpinWait();
    }
    return Objects.requireNonNull(KERNEL.procfs.stat(other)).name().equals(name);
  }

  /** Nothing of it may load a class for the first time. */
  static void withoutDescriptors(Runnable action) {
    try (Memory before = new Memory(16);
        Memory none = new Memory(16)) {
      assertThat(prlimit(null, before)).isZero();
      none.setLong(0, 0);
      none.setLong(8, before.getLong(8));
      assertThat(prlimit(none, null)).isZero();
      try {
        action.run();
      } finally {
        prlimit(before, null);
      }
    }
  }

  private static int prlimit(@Nullable Memory next, @Nullable Memory before) {
    return Function.getFunction("c", "prlimit")
        .invokeInt(new Object[] {0, RLIMIT_NOFILE, next, before});
  }

  private final class Crashing extends Born {
    @Override
    public CallEvents calls() {
      return (CallEvents)
          Proxy.newProxyInstance(
              CallEvents.class.getClassLoader(),
              new Class<?>[] {CallEvents.class},
              (proxy, method, arguments) -> {
                throw new AssertionError(method);
              });
    }
  }

  private class Born extends NoTraceEvents {
    @Override
    public List<Integer> notEnded() {
      return unreported;
    }

    @Override
    public boolean executed(
        Traced process, @Nullable ProcessStat stat, @Nullable String file, List<String> command) {
      executed.add(process.pid());
      return false;
    }

    @Override
    public void born(Traced process, @Nullable Traced forker) {
      born.add(process.pid());
    }
  }
}
