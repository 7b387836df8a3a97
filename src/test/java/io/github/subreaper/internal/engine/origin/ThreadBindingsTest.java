package io.github.subreaper.internal.engine.origin;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.time.PidOrder;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a binding costs does not grow with the number of bindings. */
public class ThreadBindingsTest {
  private static final int BINDINGS = 8_000;

  private final ThreadBindings bindings = new ThreadBindings(TIME, new Threads(KERNEL, TIME));
  private final Scope scope = new ScopeTree(new RecordLock(TIME), new PidOrder(KERNEL)).root();
  private long asked;

  private final class Counted extends BindingRecord {
    Counted() {
      super(TIME, scope);
    }

    @Override
    public boolean endedBefore(long nanos) {
      asked++;
      return super.endedBefore(nanos);
    }
  }

  private void bind(Supplier<Thread> threads) {
    for (int i = 0; i < BINDINGS; i++) {
      bindings.bind(threads.get(), new Counted());
    }
  }

  @Test
  void bindingsOfOneThreadAreAskedFourTimesEachAtMost() {
    bind(Thread::currentThread);
    assertThat(asked).isBetween(1L, 4L * BINDINGS);
  }

  @Test
  void bindingsOfAThreadEachAreAskedFourTimesEachAtMost() {
    bind(Thread::new);
    assertThat(asked).isBetween(1L, 4L * BINDINGS);
  }
}
