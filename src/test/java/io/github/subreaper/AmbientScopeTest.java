package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The time of birth decides to which scope a child of {@link ProcessBuilder} belongs, not the time
 * of the first scan. The flight recorder is off, so it is the only evidence.
 */
class AmbientScopeTest {
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withSettle(Duration.ZERO).withGrace(Duration.ofMinutes(2));

  private Subreaper subreaper = Subreaper.activate();
  private final ExecutorService other = Executors.newSingleThreadExecutor();

  @BeforeEach
  void withoutTheRecorder() {
    System.setProperty("subreaper.origin", "off");
    subreaper.close();
    subreaper = Subreaper.activate();
    System.clearProperty("subreaper.origin");
  }

  @AfterEach
  void close() throws InterruptedException {
    subreaper.close();
    Await.end(other);
  }

  private static long startChild() throws IOException {
    return new ProcessBuilder("sleep", "1000").start().pid();
  }

  private <T> T onOther(Callable<T> action) throws Exception {
    return Await.get(other.submit(action));
  }

  private static List<Long> pids(List<Descendant> processes) {
    return processes.stream().map(Descendant::pid).toList();
  }

  private static Binding bindThisThread(Supervisor scope) {
    return scope.bind(Thread.currentThread());
  }

  @Test
  void childOfAnEndedBindingBelongsToTheInnermostScope() throws Exception {
    Supervisor outer = subreaper.open("outer", OPTIONS);
    try (Binding outerBinding = bindThisThread(outer)) {
      assertThat(outerBinding).isNotNull();
      Supervisor inner = outer.open("inner", OPTIONS);
      Binding innerBinding = bindThisThread(inner);
      long pid = startChild();
      innerBinding.close();
      assertThat(pids(inner.end().leaked())).containsExactly(pid);
      assertThat(outer.leaks()).isEmpty();
    }
  }

  @Test
  void childOfAnEndedBindingBelongsToItsScopeThoughOthersAreOpenBeside() throws Exception {
    Supervisor outer = subreaper.open("outer", OPTIONS);
    outer.open("beside", OPTIONS);
    try (Binding outerBinding = bindThisThread(outer)) {
      assertThat(outerBinding).isNotNull();
      Supervisor inner = outer.open("inner", OPTIONS);
      Binding innerBinding = bindThisThread(inner);
      long pid = startChild();
      innerBinding.close();
      subreaper.open("another").end(); // drops records of bindings that are no longer needed
      assertThat(pids(inner.end().leaked())).containsExactly(pid);
      assertThat(outer.leaks()).isEmpty();
    }
  }

  @Test
  void childOfAThreadThatOpenedAScopeBelongsToItThoughTheThreadIsBoundToTheOuterOne()
      throws Exception {
    Supervisor outer = subreaper.open("outer", OPTIONS);
    try (Binding bound = bindThisThread(outer)) {
      assertThat(bound).isNotNull();
      Supervisor inner = outer.open("inner", OPTIONS);
      long pid = startChild();
      assertThat(pids(inner.leaks())).containsExactly(pid);
    }
  }

  @Test
  void childOfAnotherThreadBoundToTheOuterScopeBelongsToTheOuterScope() throws Exception {
    Supervisor outer = subreaper.open("outer", OPTIONS);
    Binding bound = onOther(() -> bindThisThread(outer));
    Supervisor inner = outer.open("inner", OPTIONS);
    long pid = onOther(AmbientScopeTest::startChild);
    assertThat(pids(outer.leaks())).containsExactly(pid);
    assertThat(inner.end().isClean()).isTrue();
    bound.close();
  }

  @Test
  void childOfAnUnboundThreadBelongsToTheInnermostScope() throws Exception {
    Supervisor outer = subreaper.open("outer", OPTIONS);
    Supervisor inner = outer.open("inner", OPTIONS);
    long pid = onOther(AmbientScopeTest::startChild);
    assertThat(pids(inner.end().leaked())).containsExactly(pid);
    assertThat(outer.leaks()).isEmpty();
  }

  @Test
  void childBornBeforeAScopeDoesNotBelongToItThoughSeenLater() throws Exception {
    Supervisor outer = subreaper.open("outer", OPTIONS);
    long pid = startChild();
    Supervisor inner = outer.open("inner", OPTIONS);
    assertThat(inner.leaks()).isEmpty();
    assertThat(pids(outer.leaks())).containsExactly(pid);
  }
}
