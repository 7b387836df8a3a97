package io.github.subreaper.internal.linux.ptrace;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.trace.TraceSupport;
import io.github.subreaper.internal.linux.Emulation;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.calls.Kill;
import io.github.subreaper.internal.linux.calls.SubreaperFlag;
import io.github.subreaper.internal.linux.files.Fifo;
import io.github.subreaper.internal.linux.proc.FileLockLimit;
import io.github.subreaper.internal.linux.proc.JdkReapers;
import io.github.subreaper.internal.linux.proc.Procfs;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the Yama module refuses is said before a launch. */
class YamaTest {
  private static final String FIX = ". To fix: set it to 1 (sysctl kernel.yama.ptrace_scope=1)";

  private static @Nullable String missing(int scope, boolean privileged) {
    Procfs procfs =
        new Procfs() {
          @Override
          public int yamaScope() {
            return scope;
          }

          @Override
          public boolean hasCapability(int number) {
            return privileged;
          }
        };
    return TraceSupport.missing(
        new Kernel(
            procfs,
            new Kill(),
            new SubreaperFlag(),
            new FileLockLimit(procfs),
            new Fifo(),
            new PosixSpawn(new Emulation(procfs)),
            new JdkReapers()));
  }

  @ParameterizedTest
  @CsvSource({"-1,false", "0,false", "1,false", "2,true"})
  void tracesWorkBelowThisScope(int scope, boolean privileged) {
    assertThat(missing(scope, privileged)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "2,false,', or run with CAP_SYS_PTRACE'",
    "3,false,; it needs a restart",
    "3,true,; it needs a restart"
  })
  void reasonNamesTheFileAndWhatHelps(int scope, boolean privileged, String rest) {
    assertThat(missing(scope, privileged))
        .isEqualTo("/proc/sys/kernel/yama/ptrace_scope is " + scope + FIX + rest);
  }
}
