package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.SnapshotNode;
import io.github.subreaper.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The end of a scope: nested, repeated, by several threads, and with too little time to kill. */
class ScopeEndTest extends EndFixture {
  @Test
  void nestedScopesEndWithTheOuterOneAndTheirLeaksAreReported() throws Exception {
    Supervisor outer = scope.open("outer", unsettled());
    Supervisor middle = outer.open("middle");
    Supervisor inner = middle.open("inner");
    assertThat(inner.options()).isEqualTo(unsettled());
    Launch launch = launch(middle, "exec sleep MARK");
    Process process = ambient("exec sleep MARK");
    Await.until(() -> inner.leaks().size() == 1);
    ScopeReport report = outer.end();
    assertThat(process.waitFor()).isEqualTo(143);
    assertEnded(launch.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertThat(report.leaked()).extracting(Descendant::scope).containsExactly("inner");
    assertThat(report.scope()).isEqualTo("outer");
    assertThat(inner.end().leaked()).isEqualTo(report.leaked());
    assertThat(middle.end().leaked()).isEqualTo(report.leaked());
    assertThatThrownBy(() -> inner.launch("true")).isInstanceOf(ScopeClosedException.class);
  }

  @Test
  void optionsOfLaunchesAndProcessesAreThoseOfTheirScope() {
    for (Crashes crashes : Crashes.values()) {
      ScopeOptions options = unsettled().withStrict(true).withCrashes(crashes);
      try (Supervisor own = scope.open("own", options)) {
        Launch launch = launch(own, "exec sleep MARK");
        assertThat(own.options()).isEqualTo(options);
        assertThat(launch.process().options()).isEqualTo(options);
      }
    }
  }

  @Test
  void nestedScopeLeavesTheProcessesOfTheOuterOne() {
    Supervisor nested = scope.open("nested");
    Launch outer = launch(scope, "exec sleep MARK");
    Launch inner = launch(nested, "exec sleep MARK");
    nested.close();
    assertEnded(inner.process(), TERMINATED, Ending.STOP_SIGNAL);
    assertThat(outer.isAlive()).isTrue();
    assertThat(scope.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void childOfABoundThreadBelongsToItsScopeThoughAnotherIsOpenBeside() throws Exception {
    Supervisor left = scope.open("left", unsettled());
    Supervisor right = scope.open("right", unsettled());
    Process bound;
    try (Binding binding = right.bind(Thread.currentThread())) {
      assertThat(binding).isNotNull();
      bound = ambient("exec sleep MARK");
      right.awaitDescendant("sleep " + mark);
    }
    assertThat(left.end().isClean()).isTrue();
    assertThat(bound.isAlive()).isTrue();
    assertThat(right.end().leaked()).extracting(Descendant::pid).containsExactly(bound.pid());
    assertThat(bound.waitFor()).isEqualTo(143);
  }

  @Test
  void treeBeforeTheEndHasWhatNoScanSawBefore() throws Exception {
    Supervisor outer = scope.open("outer", unsettled());
    Supervisor inner = outer.open("inner");
    Launch launch = launch(outer, "exec sleep MARK");
    Process ambient = ambient("exec sleep MARK"); // of the innermost scope that was open alone
    ScopeReport report = outer.end();
    assertThat(ambient.waitFor()).isEqualTo(143);
    assertThat(report.before().roots())
        .extracting(Descendant::pid)
        .containsExactlyInAnyOrder(launch.pid(), ambient.pid());
    assertThat(report.before().toString())
        .contains("sleep " + mark)
        .contains(String.valueOf(ambient.pid()));
    assertThat(Access.get().nodes(report.before())).noneMatch(SnapshotNode::isStopped);
    assertThat(report.before().refreshed().size()).isZero();
    assertThat(inner.end().before().roots()).allMatch(one -> one.pid() == ambient.pid());
    assertThat(outer.end().before().toString()).isEqualTo(report.before().toString());
  }

  @Test
  void treeBeforeTheEndOfAScopeWithoutProcessesIsEmpty() {
    Supervisor nested = scope.open("nested");
    launch(scope, "exec sleep MARK");
    assertThat(nested.end().before().size()).isZero();
  }

  @Test
  void everyCallOfEndReturnsTheSameReport() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    ambient("exec sleep MARK");
    inner.awaitDescendant("sleep " + mark);
    ScopeReport first = inner.end();
    String text = first.toString();
    // from now on starts are reported; what the report says of the time before stays true
    assertThat(Access.get().awaitOrigins(subreaper, LONG)).isTrue();
    ScopeReport second = inner.end();
    assertThat(second.leaked()).isEqualTo(first.leaked()).hasSize(1);
    inner.close();
    assertThat(first).hasToString(text);
    assertThat(second).hasToString(text);
  }

  @Test
  void severalThreadsMayEndAScopeAtOnce() throws Exception {
    Supervisor inner = scope.open("inner", graceless());
    Launch launch = launch(inner, "trap '' TERM; echo ready; exec sleep MARK");
    launch.awaitOutput("ready");
    ambient("exec sleep MARK");
    Await.until(() -> inner.leaks().size() == 1);
    ConcurrentLinkedQueue<ScopeReport> reports = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Supervisor ended = i % 2 == 0 ? inner : scope;
      threads.add(
          new Thread(
              () -> {
                ScopeReport report = ended.end();
                if (launch.isAlive()) {
                  throw new IllegalStateException("returned before the end");
                }
                reports.add(report);
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(reports).hasSize(8).allMatch(report -> report.leaked().size() == 1);
    assertEnded(launch.process(), KILLED, Ending.KILL);
  }

  @Test
  void launchDuringTheEndIsRefusedOrEnded() throws Exception {
    for (int round = 0; round < 5; round++) {
      Supervisor inner = scope.open("inner", graceless());
      ConcurrentLinkedQueue<Launch> launched = new ConcurrentLinkedQueue<>();
      ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
      CountDownLatch started = new CountDownLatch(2);
      Runnable launching =
          () -> {
            try {
              while (launched.size() < 500) {
                launched.add(inner.launch("sleep", mark));
                started.countDown();
              }
            } catch (Throwable e) {
              failures.add(e);
            }
          };
      List<Thread> threads = List.of(new Thread(launching), new Thread(launching));
      threads.forEach(Thread::start);
      started.await();
      assertThat(inner.end().isClean()).isTrue();
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(failures).allMatch(ScopeClosedException.class::isInstance);
      assertThat(launched)
          .hasSizeGreaterThan(1)
          .allMatch(launch -> launch.process().exitStatus().isPresent());
      assertThat(marked()).isEmpty();
    }
  }

  @Test
  void pendingWaitReturnsWhenTheScopeEnds() throws Exception {
    Launch launch = launch("exec sleep MARK");
    CompletableFuture<ExitStatus> wait = CompletableFuture.supplyAsync(launch::awaitExit);
    scope.close();
    assertThat(wait.join()).isEqualTo(TERMINATED);
  }

  @Test
  void shortestKillTimeStillSendsTheSignal() throws Exception {
    Supervisor hasty =
        scope.open("hasty", graceless().withGrace(Duration.ZERO).withKill(Duration.ofNanos(1)));
    Launch launch = launch(hasty, "trap '' TERM; echo ready; exec sleep MARK");
    launch.awaitOutput("ready");
    UnkillableProcessesException failure =
        catchThrowableOfType(UnkillableProcessesException.class, hasty::close);
    if (failure != null) { // the process may die within the nanosecond
      assertThat(failure.report().survivors()).hasSize(1);
      assertThat(failure.report().isClean()).isFalse();
      assertThat(failure.report().survivors().get(0).process()).isEqualTo(launch.process());
      assertThat(failure.report().survivors().get(0).reason()).isNotEmpty();
      assertThat(failure)
          .hasMessageContaining("1 process of hasty survived SIGKILL for ")
          .hasMessageContaining(Long.toString(launch.pid()));
    }
    assertThat(launch.awaitExit()).isEqualTo(KILLED);
  }

  @Test
  void endReturnsWhatCloseThrows() throws Exception {
    Supervisor hasty =
        scope.open("hasty", graceless().withGrace(Duration.ZERO).withKill(Duration.ofNanos(1)));
    Launch launch = launch(hasty, "exec sleep MARK");
    ScopeReport report = hasty.end();
    UnkillableProcessesException failure =
        catchThrowableOfType(UnkillableProcessesException.class, hasty::close);
    if (report.survivors().isEmpty()) {
      assertThat(failure).isNull();
    } else {
      assertThat(failure.report().survivors())
          .extracting(Survivor::process)
          .containsExactlyElementsOf(report.survivors().stream().map(Survivor::process).toList());
    }
    launch.awaitExit(); // no end waits for it again: the one after the test would report it
  }
}
