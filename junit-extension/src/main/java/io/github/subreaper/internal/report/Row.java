package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.text.Counts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A line of the page: one process, or like ones that are folded into one line.
 *
 * @param processes at least one; the first one gives the line its id
 * @param parent the id of the line above, 0 for none
 * @param depth below how many others it is
 */
record Row(List<Proc> processes, int parent, int depth) {

  Row {
    processes = List.copyOf(processes);
  }

  /** Returns the one process, or that which stands for all. */
  Proc first() {
    return processes.get(0);
  }

  /** Returns the number of the first process: what links name. */
  int id() {
    return first().number();
  }

  boolean isFolded() {
    return processes.size() > 1;
  }

  long from() {
    return processes.stream().mapToLong(Proc::bornAt).min().orElseThrow();
  }

  /** Returns the latest end; that of the recording for a process that is alive then. */
  long to(long recorded) {
    long to = Long.MIN_VALUE;
    for (Proc process : processes) {
      Long ended = process.endedAt();
      to = Math.max(to, ended == null ? recorded : ended);
    }
    return to;
  }

  /** Returns what all of them share; of different ends, one that is worth a look. */
  Fate fate() {
    return processes.stream().map(Fate::of).max(Comparator.comparingInt(Row::weight)).orElseThrow();
  }

  private static int weight(Fate fate) {
    return switch (fate) {
      case SUCCESS -> 0;
      case TERMINATED -> 1;
      case UNKNOWN -> 2;
      case ALIVE -> 3;
      case FAILURE -> 4;
      case SIGNAL -> 5;
      case CORE -> 6;
    };
  }

  /** Returns the ends in a few words. */
  String ends() {
    List<String> ends = processes.stream().map(Fate::brief).distinct().toList();
    return ends.size() == 1 ? ends.get(0) : ends.size() + " different ends";
  }

  /** Returns the pid, or how many processes these are. */
  String who() {
    return isFolded() ? Counts.of(processes.size()) + " ×" : Long.toString(first().pid());
  }

  /** Returns the command line; that of the first one if they differ. */
  String title() {
    String title = first().title();
    return processes.stream().allMatch(one -> one.title().equals(title))
        ? title
        : title + ", and others";
  }

  /** Returns what a reader has to notice, such as {@code leaked}. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    warn(Mark.LEAKED, "leaked", warnings);
    warn(Mark.SURVIVOR, "survived SIGKILL", warnings);
    warn(Mark.FOREIGN, "foreign", warnings);
    return warnings;
  }

  private void warn(Mark mark, String word, List<String> to) {
    long count = processes.stream().filter(one -> one.is(mark)).count();
    if (count > 0) {
      to.add(count == processes.size() ? word : Counts.of(count) + " " + word);
    }
  }
}
