package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.guardian.GuardianLoss;
import io.github.subreaper.internal.engine.records.LaunchRecord;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.engine.records.ScopeEnd;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.text.Text;
import java.util.List;
import java.util.OptionalInt;

/** Writes a scope's report for people: leaks, survivors, or else how its processes ended. */
public final class ScopeReportText {
  private final Engine engine;
  private final ScopeEnd end;
  private final String scope;
  private final List<String> survivors;
  private final StringBuilder text = new StringBuilder();

  private ScopeReportText(Engine engine, ScopeEnd end, List<String> survivors) {
    this.engine = engine;
    this.end = end;
    this.scope = Text.safe(end.scope());
    this.survivors = survivors;
  }

  public static String of(Engine engine, ScopeEnd end, List<String> survivors) {
    ScopeReportText text = new ScopeReportText(engine, end, survivors);
    return end.isEmpty() ? text.verdict(0) : text.render();
  }

  private String render() {
    if (!end.leaked().isEmpty()) {
      text.append(LeakText.of(engine, end));
    }
    if (!end.survivors().isEmpty()) {
      survivors();
    }
    EndingText endings = new EndingText(engine, end.ended());
    if (text.isEmpty()) {
      text.append(verdict(endings.terminated())).append('\n').append(endings.lines());
    }
    endings.failedTraces().forEach(this::failedTrace);
    end.unproven().forEach(this::foreign);
    end.guardianLosses().forEach(this::guardianLoss);
    return text.toString().stripTrailing();
  }

  private String verdict(int terminated) {
    String verdict = scope + (end.isLaunch() ? " was stopped" : " leaked nothing");
    return terminated == 0
        ? verdict
        : verdict
            + (end.isLaunch() ? "; " : "; at its end ")
            + Text.count(terminated, "process was", "processes were")
            + " terminated"
            + (end.isLaunch() ? "" : " (launched processes are leaks only in a strict scope)");
  }

  private void survivors() {
    text.append(Text.count(end.survivors().size(), "process", "processes"));
    text.append(" of ").append(scope).append(" survived SIGKILL for ");
    text.append(Text.seconds(end.killSeconds())).append('\n');
    survivors.forEach(one -> text.append("  ").append(one).append('\n'));
  }

  private void foreign(ProcessRecord process) {
    text.append("  not terminated: ").append(ProcessText.of(process));
    text.append(
        ": this JVM adopted it, and nothing proves that this JVM started it: it carries no");
    text.append(
        " tag, and a process from before the activation or from outside may have forked it\n");
  }

  private void failedTrace(LaunchRecord launch) {
    text.append("  of `").append(Text.safe(String.join(" ", launch.spec().command())));
    text.append("` ").append(TraceText.failed(engine, launch)).append('\n');
  }

  private void guardianLoss(GuardianLoss loss) {
    OptionalInt status = loss.waitStatus();
    text.append("  the guardian (").append(loss.pid()).append(") ");
    text.append(
        status.isPresent()
            ? "was " + WaitStatus.describe(status.getAsInt())
            : "has ended, and code in this JVM has taken its status");
    text.append("; a new one took its place\n");
  }
}
