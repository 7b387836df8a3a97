package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.engine.journal.Fact.Source;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.testing.ChildJvm;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The end of a scope whose records fill the heap needs little memory itself. */
class EndMemoryTest {
  private static final List<String> SMALL_HEAP = List.of("-Xmx32m");
  private static final long LEFT_FREE = 2 << 20;
  private static final int BATCH = 500;

  /** Fills a scope with records of made-up dead processes, and ends it. */
  static final class Full {
    private final Engine engine = Engine.acquire();
    private final Scope scope;
    private int records;

    private Full(Supervisor supervisor) {
      supervisor.launch("true").awaitExit();
      scope = Objects.requireNonNull(engine.queries().records().get(0).scope());
    }

    /** No arguments. */
    public static void main(String[] arguments) {
      Subreaper subreaper = Subreaper.activate();
      subreaper.open("first").close(); // loads the classes that an end needs
      Supervisor supervisor = subreaper.open("full");
      Full full = new Full(supervisor);
      full.fill();
      ScopeReport report = supervisor.end();
      System.out.println("records=" + full.records);
      System.out.println(report);
    }

    private void fill() {
      while (free() > LEFT_FREE || freeAfterCollection() > LEFT_FREE) {
        engine.registry.lock.locked(
            () -> {
              for (int i = 0; i < BATCH; i++) {
                addEnded();
              }
              return records;
            });
      }
    }

    private void addEnded() {
      int pid = MadeUpFixture.MADE_UP + records++;
      ProcessRecord process =
          engine.registry.create(MadeUpFixture.stat(pid, 1, pid, TIME.bootTicks()));
      process.membership().belongsTo(scope, null);
      engine.registry.add(process);
      engine.registry.ended(process, 0, null, null, Source.WAIT);
    }

    private static long free() {
      Runtime runtime = Runtime.getRuntime();
      return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }

    private static long freeAfterCollection() {
      System.gc();
      return free();
    }
  }

  @Test
  @Tag("full")
  void endOfAScopeWhoseRecordsFillTheHeapSucceeds() throws Exception {
    ChildJvm.Result jvm =
        ChildJvm.run(List.of(), SMALL_HEAP, Map.of(), Full.class).exitedNormally();
    int records = Integer.parseInt(jvm.value("records"));
    assertThat(records).as("control: there are many").isGreaterThan(10_000);
    assertThat(jvm.output())
        .contains("full leaked nothing", " and " + (records + 1 - 10) + " more");
  }
}
