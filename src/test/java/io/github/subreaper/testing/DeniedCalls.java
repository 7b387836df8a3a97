package io.github.subreaper.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;

/**
 * A sandbox in which some system calls fail for a command and all its descendants. {@code
 * c/denied.c} names the calls: {@code prlimit-others}, for instance, is prlimit(2) with another
 * process's pid.
 */
public final class DeniedCalls {
  /** The errno of a denied call: EPERM, or ENOSYS as if the kernel did not know the call. */
  public enum How {
    EPERM,
    ENOSYS
  }

  private final Path program;

  private DeniedCalls(Path program) {
    this.program = program;
  }

  /**
   * Builds the sandbox's launcher in a directory. The test is skipped where seccomp(2) is refused.
   */
  public static DeniedCalls in(Path directory) throws Exception {
    DeniedCalls denied = new DeniedCalls(CProgram.build(directory, "denied"));
    List<String> probe = List.of(denied.program.toString(), "EPERM", "setpriority", "true");
    assumeTrue(ChildJvm.run(probe).exitCode() != 99, "seccomp(2) is refused here");
    return denied;
  }

  /** Returns the names of all calls that can be denied. */
  public List<String> names() throws Exception {
    ChildJvm.Result list = ChildJvm.run(List.of(program.toString(), "list"));
    assertThat(list.exitCode()).as(list.output()).isZero();
    return list.output().lines().toList();
  }

  /** Returns the start of a command that runs the rest in a sandbox where these calls fail. */
  public List<String> with(How how, List<String> calls) {
    return List.of(program.toString(), how.name(), String.join(",", calls));
  }
}
