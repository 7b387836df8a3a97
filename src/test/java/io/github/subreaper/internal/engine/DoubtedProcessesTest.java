package io.github.subreaper.internal.engine;

import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.Scope;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A process came from one of two scopes, and lives when that scope has ended. What it forks is
 * adopted later. Chaos found such processes in the other scope. The processes are made up.
 */
class DoubtedProcessesTest extends MadeUpFixture {
  /** Each is a session of its own. */
  private static final int PARENT = MADE_UP;

  private static final int CHILD = PARENT + 1;

  private final Scope outer = open(session, "outer");
  private final Scope beside = open(outer, "beside");

  /** Makes an orphan that is born some seconds from now, and finds its scope. */
  private ProcessRecord orphan(int pid, int inSeconds, int tid) {
    return process(pid, inSeconds, tid, null);
  }

  private ProcessRecord process(int pid, int inSeconds, int tid, @Nullable ProcessRecord parent) {
    long born = TIME.bootTicks() + inSeconds * Procfs.TICKS_PER_SECOND;
    int self = (int) ProcessHandle.current().pid();
    ProcessStat stat = stat(pid, self, pid, born);
    return engine.registry.lock.locked(
        () -> {
          ProcessRecord process = engine.registry.create(stat);
          engine.attribution.attribute(process, stat, engine.tags.own(), parent, tid);
          return process;
        });
  }

  private @Nullable Scope scopeOf(int pid, int inSeconds) {
    return orphan(pid, inSeconds, 0).scope();
  }

  private void end(Scope scope) {
    engine.scopes().end(scope);
  }

  private ProcessRecord parentOfTwoScopes() {
    Scope other = open(outer, "other");
    ProcessRecord parent = orphan(PARENT, 100, 0);
    assertThat(parent.scope()).isSameAs(outer);
    assertThat(parent.doubt()).isNotNull();
    end(other);
    return parent;
  }

  @Test
  void childIsInDoubtToo() {
    ProcessRecord parent = parentOfTwoScopes();
    assertThat(scopeOf(CHILD, 200)).isSameAs(outer);
    assertThat(parent.isAlive()).isTrue();
  }

  @Test
  void grandchildIsInDoubtTooIfTheChildWasSeenBelowItsParent() {
    ProcessRecord parent = parentOfTwoScopes();
    assertThat(process(CHILD, 150, 0, parent).scope()).isSameAs(outer);
    ended(parent);
    assertThat(scopeOf(CHILD + 1, 200)).isSameAs(outer);
  }

  private void ended(ProcessRecord process) {
    engine.registry.lock.run(
        () -> {
          engine.registry.died(process);
          process.ended(0, null, ProcessRecord.End.BY_ITSELF, System.nanoTime());
        });
  }

  @Test
  void processBornAfterTheEndOfThatProcessIsNot() {
    ProcessRecord parent = parentOfTwoScopes();
    ended(parent);
    assertThat(scopeOf(CHILD, 200)).isSameAs(beside);
  }

  @Test
  void processOfTheOnlyOpenScopeIsNot() {
    end(open(outer, "other"));
    assertThat(scopeOf(CHILD, 200)).isSameAs(beside);
  }

  @Test
  void processThatAThreadOfThisJvmHasStartedIsNot() {
    parentOfTwoScopes();
    int another = engine.threads.adopter() + 1;
    assertThat(orphan(CHILD, 200, another).scope()).isSameAs(beside);
  }
}
