package io.github.subreaper.internal.report.recording;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.internal.report.recording.Recording.Mark;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;

/** The marks of the processes of a recording. */
final class RecordedMarks {
  private static final Map<Class<?>, Mark> MARKS =
      Map.of(
          ProcessEvent.Launched.class, Mark.LAUNCHED,
          ProcessEvent.Adopted.class, Mark.ADOPTED,
          ProcessEvent.Leaked.class, Mark.LEAKED,
          ProcessEvent.Unkillable.class, Mark.SURVIVOR,
          ProcessEvent.Foreign.class, Mark.FOREIGN);

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
    Mark mark = MARKS.get(event.getClass());
    if (mark != null) {
      add(process, mark);
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
