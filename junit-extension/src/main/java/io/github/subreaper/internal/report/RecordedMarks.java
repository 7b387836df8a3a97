package io.github.subreaper.internal.report;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.internal.report.Recording.Mark;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;

/** The marks of the processes of a recording. */
final class RecordedMarks {
  private final Map<Descendant, EnumSet<Mark>> marks = new HashMap<>();

  /** Adds what the end of the scope has found. */
  void add(ScopeReport report) {
    report.leaked().forEach(one -> add(one, Mark.LEAKED));
    report.survivors().forEach(one -> add(one.process(), Mark.SURVIVOR));
    report.foreign().forEach(one -> add(one, Mark.FOREIGN));
  }

  /** Adds what an event shows. */
  void add(ProcessEvent event) {
    Descendant process = event.process();
    if (event.source() == ProcessEvent.Source.TRACE) {
      add(process, Mark.TRACED);
    }
    if (event instanceof ProcessEvent.Launched) {
      add(process, Mark.LAUNCHED);
    } else if (event instanceof ProcessEvent.Adopted) {
      add(process, Mark.ADOPTED);
    } else if (event instanceof ProcessEvent.Leaked) {
      add(process, Mark.LEAKED);
    } else if (event instanceof ProcessEvent.Unkillable) {
      add(process, Mark.SURVIVOR);
    } else if (event instanceof ProcessEvent.Foreign) {
      add(process, Mark.FOREIGN);
    }
  }

  private void add(Descendant process, Mark mark) {
    marks.computeIfAbsent(process, one -> EnumSet.noneOf(Mark.class)).add(mark);
  }

  /** Returns those of one process. */
  EnumSet<Mark> of(Descendant process) {
    EnumSet<Mark> some = marks.get(process);
    return some == null ? EnumSet.noneOf(Mark.class) : EnumSet.copyOf(some);
  }
}
