package io.github.subreaper.internal.engine.tracer;

import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.ptrace.Ptrace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Hears nothing. */
class NoTraceEvents implements TraceEvents {
  @Override
  public void born(Traced process, @Nullable Traced parent) {}

  @Override
  public boolean executed(
      Traced process, @Nullable ProcessStat stat, @Nullable String file, List<String> command) {
    return false;
  }

  @Override
  public @Nullable CallEvents calls() {
    return null;
  }

  @Override
  public void crash(List<Traced> processes) {}

  @Override
  public void signaled(Traced process, Ptrace.Sent sent) {}

  @Override
  public void hasUntracedChild(Traced process) {}

  @Override
  public void stopped(Traced process, int signal) {}

  @Override
  public void continued(Traced process) {}

  @Override
  public void ending(Traced process, @Nullable ProcessStat last, int waitStatus) {}

  @Override
  public boolean isDoomed(Traced process) {
    return false;
  }

  @Override
  public void kill(Traced process) {}

  @Override
  public List<Integer> notEnded() {
    return List.of();
  }

  @Override
  public void rest() {}

  @Override
  public boolean tryRest() {
    return true;
  }

  @Override
  public void over() {}

  @Override
  public void failed(Throwable reason) {}
}
