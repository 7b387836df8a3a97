package io.github.subreaper.internal.messages;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGPIPE;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGXFSZ;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.values.SignalSender;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.text.Text;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Writes what messages say about a trace: what sent the signal that ended a process, and why a
 * trace does not know all.
 */
public final class TraceText {
  private static final String AGAIN =
      "To fix: run it again. If the trace fails again, launch without traced(), and report the"
          + " failure, which the log has in full.";

  private static final long SELF = ProcessHandle.current().pid();

  private TraceText() {}

  /**
   * Returns what sent the signal that ended a process, to be put behind the status; empty if that
   * is unknown, or if it was this JVM: other words say why this library ends a process.
   */
  public static String by(Engine engine, ProcessRecord process) {
    if (engine.queries().isEndedWithTrace(process)) {
      return " (by the kernel, since the trace failed)";
    }
    SignalSender sender = engine.queries().endedBy(process);
    if (sender == null || isJvm(sender.pid())) {
      return "";
    }
    return sender.record() != null && sender.record().get() == process
        ? byItself(process)
        : " from " + sender(sender.pid(), sender.how(), sender.command());
  }

  /** Returns what sent a signal: this JVM, a process, or the kernel if no process has the pid. */
  public static String sender(long pid, String how, String command) {
    if (isJvm(pid)) {
      return "this JVM (pid " + pid + ")";
    }
    if (pid == 0) {
      return how.equals(SignalSender.KERNEL) ? "the kernel" : "the kernel (" + how + ")";
    }
    return pid + (command.isEmpty() ? "" : " (" + Text.safe(command) + ")");
  }

  private static boolean isJvm(long pid) {
    return pid == SELF;
  }

  /** A write to a closed pipe, or beyond RLIMIT_FSIZE, looks as if the process had sent it. */
  private static String byItself(ProcessRecord process) {
    OptionalInt status = process.waitStatus();
    int signal = status.isEmpty() ? 0 : WaitStatus.signal(status.getAsInt());
    return signal == SIGPIPE || signal == SIGXFSZ ? "" : " from itself";
  }

  /** Returns what the failed trace of a launch did, and why it failed; null if it has not. */
  public static @Nullable String failed(Engine engine, LaunchRecord launch) {
    Throwable failure = engine.queries().traceFailure(launch);
    return failure == null
        ? null
        : "the kernel killed what was traced, since the trace failed: "
            + Text.safe(failure.toString())
            + ". "
            + AGAIN;
  }

  /** Returns why a journal of these processes is not exact. */
  public static String inexact(Engine engine, List<ProcessRecord> processes) {
    for (ProcessRecord process : processes) {
      LaunchRecord launch = process.launch();
      String failed = launch == null ? null : failed(engine, launch);
      if (failed != null) {
        return "it is not known: " + failed;
      }
    }
    for (ProcessRecord process : processes) {
      LaunchRecord launch = process.launch();
      if (launch == null || !launch.spec().setup().traced()) {
        return "only a traced launch knows that: it needs Program.traced().";
      }
      String missing = engine.queries().missing(process);
      if (missing != null) {
        return "it is not known, since " + ProcessText.of(process) + " " + missing + ".";
      }
    }
    return "it is not known, since events are lost: the temporary directory is full, or removed.";
  }
}
