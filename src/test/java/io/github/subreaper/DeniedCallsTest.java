package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Conformance;
import io.github.subreaper.testing.DeniedCalls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * In a sandbox that denies a system call, or lacks a file of proc(5), all promises are kept, or the
 * activation is refused and says why.
 */
@Timeout(600)
@Tag("slow")
class DeniedCallsTest {
  /** The calls without which an activation is refused. */
  private static final Set<String> NEEDED =
      Set.of("subreaper", "waitid", "wait4", "kill", "mkfifo");

  @TempDir private Path directory;
  private DeniedCalls denied;
  private Path hiding = Path.of("");
  private int runs;

  @BeforeEach
  void build() throws Exception {
    denied = DeniedCalls.in(directory);
    hiding = CProgram.build(directory, "hiding");
  }

  private ChildJvm.Result run(DeniedCalls.How how, List<String> calls, List<String> options)
      throws Exception {
    return run(denied.with(how, calls), options, Map.of());
  }

  private ChildJvm.Result run(
      List<String> wrapper, List<String> options, Map<String, String> environment)
      throws Exception {
    String mark = ProcessHandle.current().pid() + "777" + runs++;
    return ChildJvm.run(
        wrapper, options, environment, Conformance.class, mark, hiding.toString(), "closes");
  }

  private static void assertKept(String what, ChildJvm.Result result) {
    assertThat(result.exitedNormally().output())
        .as(what)
        .contains("status=exited 7\n", "wrongStatuses=0\n", "deaf=KILL\n")
        .contains("leaked=4\n", "survivors=0\n", "children=0\n");
  }

  @ParameterizedTest
  @EnumSource(DeniedCalls.How.class)
  void promisesAreKeptWithoutPrlimitOnOthersAndPidfdSendSignal(DeniedCalls.How how)
      throws Exception {
    List<String> calls = List.of("prlimit-others", "pidfd_send_signal");
    assertKept(how + " " + calls, run(how, calls, ChildJvm.ORIGINS));
  }

  @ParameterizedTest
  @EnumSource(DeniedCalls.How.class)
  @Tag("full")
  void eachDeniedCallHasASubstituteOrTheActivationIsRefused(DeniedCalls.How how) throws Exception {
    for (String call : denied.names()) {
      ChildJvm.Result result = run(how, List.of(call), List.of());
      if (NEEDED.contains(call)) {
        assertThat(result.exitedNormally().value("refused"))
            .as(how + " " + call)
            .contains(call.equals("subreaper") ? "prctl" : call)
            .contains(how.name());
      } else {
        assertKept(how + " " + call, result);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DeniedCalls.How.class)
  @Tag("full")
  void promisesAreKeptWithTheIndispensableCallsOnly(DeniedCalls.How how) throws Exception {
    List<String> others = new ArrayList<>(denied.names());
    others.removeAll(NEEDED);
    assertKept(how + " " + others, run(how, others, ChildJvm.ORIGINS));
    assertThat(run(how, denied.names(), List.of()).exitedNormally().value("refused"))
        .contains(how.name());
  }

  private ChildJvm.Result runWithout(String files) throws Exception {
    Path library = CProgram.build(directory, "nofiles", "-shared", "-fPIC");
    return run(
        List.of(), List.of(), Map.of("LD_PRELOAD", library.toString(), "HIDDEN_FILES", files));
  }

  @Test
  void kernelWithoutListsOfChildrenIsRefused() throws Exception {
    assertThat(runWithout("children").exitedNormally().value("refused"))
        .contains("children is missing (a kernel without CONFIG_PROC_CHILDREN)");
  }

  @Test
  void promisesAreKeptWhereProcHidesCallsAndTheLatestPid() throws Exception {
    assertKept("as in gVisor", runWithout("syscall ns_last_pid"));
  }
}
