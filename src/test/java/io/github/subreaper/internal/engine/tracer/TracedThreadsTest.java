package io.github.subreaper.internal.engine.tracer;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGCONT;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGKILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSTOP;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.testing.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is reported of stops, when threads end meanwhile. The first thread is a real one. */
@Timeout(180)
class TracedThreadsTest {
  private static final int OTHER = -2; // of no thread

  private final List<String> told = new ArrayList<>();
  private final TracedThreads threads = new TracedThreads(KERNEL, new Found());
  private Process process;
  private TracedThread first;
  private TracedThread other;

  @BeforeEach
  void start() throws Exception {
    process = new ProcessBuilder("sleep", "1000").start();
    Traced traced =
        new Traced(
            Objects.requireNonNull(KERNEL.procfs.stat((int) process.pid())), /* first= */ true);
    first = threads.add((int) process.pid(), traced);
    other = threads.add(OTHER, traced);
  }

  @AfterEach
  void end() throws Exception {
    process.destroyForcibly();
    process.waitFor();
  }

  private void signal(int signal, char state) {
    KERNEL.kill.send((int) process.pid(), signal);
    Await.until(
        () -> Objects.requireNonNull(KERNEL.procfs.stat((int) process.pid())).state() == state);
  }

  @Test
  void stopIsReportedWhenTheLastRunningThreadEndsInstead() {
    signal(SIGSTOP, 'T');
    threads.stopped(first, SIGSTOP);
    assertThat(told).isEmpty();
    threads.remove(OTHER);
    assertThat(told).containsExactly("stopped by 19");
  }

  @Test
  void threadThatRunsAgainIsNotReportedAsStopped() {
    signal(SIGSTOP, 'T');
    threads.stopped(first, SIGSTOP);
    signal(SIGCONT, 'S'); // or it was killed
    threads.remove(OTHER);
    assertThat(told).isEmpty();
  }

  @Test
  void stopIsNotReportedAgainWhenAThreadGoesOnAndEnds() {
    signal(SIGSTOP, 'T');
    threads.stopped(first, SIGSTOP);
    threads.stopped(other, SIGSTOP);
    threads.goesOn(other); // the first thread's event is still to come
    threads.remove(OTHER);
    assertThat(told).containsExactly("stopped by 19", "continued");
    signal(SIGCONT, 'S');
    threads.goesOn(first);
    assertThat(told).containsExactly("stopped by 19", "continued");
    signal(SIGSTOP, 'T');
    threads.stopped(first, SIGSTOP);
    assertThat(told).containsExactly("stopped by 19", "continued", "stopped by 19");
  }

  @Test
  void onlyTheThreadThatHasExecedIsLeft() {
    first.process.ended(SIGKILL); // the exec has killed the other one
    threads.removeOthers(first);
    assertThat(threads.ids()).containsExactly(first.tid);
    assertThat(first.process.hasOneThread()).isTrue();
    threads.remove(first.tid); // let go
    assertThat(told).isEmpty();
  }

  @Test
  void endIsNotReportedOfAnotherProcessWithTheSamePid() {
    int pid = first.process.pid();
    long before = first.process.birth().startTicks() - 1;
    ProcessStat stat = new ProcessStat(pid, "sleep", 'S', 1, 1, 1, 0, 0, 0, 0, 0, 1, before, 0);
    Traced earlier = new Traced(stat, /* first= */ false);
    earlier.ended(SIGKILL);
    threads.reportEnding(earlier);
    assertThat(told).isEmpty();
  }

  /** Its status is known, and is asked for in no other way where its parent collects it. */
  @Test
  void endIsReportedThoughItCannotBeReadForWantOfADescriptor() {
    first.process.ended(SIGKILL);
    TraceesTest.withoutDescriptors(() -> threads.reportEnding(first.process));
    assertThat(told).containsExactly("ending");
  }

  private final class Found extends NoTraceEvents {
    @Override
    public void stopped(Traced process, int signal) {
      told.add("stopped by " + signal);
    }

    @Override
    public void continued(Traced process) {
      told.add("continued");
    }

    @Override
    public void ending(Traced process, @Nullable ProcessStat last, int waitStatus) {
      told.add("ending");
    }
  }
}
