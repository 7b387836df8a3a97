package io.github.subreaper.internal.junit.scopes;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.internal.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The dynamic tests of a factory, which share its scope: finds the one in which a process was born.
 * The kernel gives out pids in order, so its latest pid before and after a test is all that is
 * needed. Thread-safe.
 */
public final class DynamicTests {
  private static final Path LOAD = Path.of("/proc/loadavg");

  private static final int MOST = 10_000;
  private static final int MOST_NAMED = 3;

  /** Pids go round; the wall clock, which may be set meanwhile, tells the rounds apart. */
  private static final int TOLERANCE_SECONDS = 1;

  /** Its monitor guards it. */
  private final List<Run> runs = new ArrayList<>();

  private record Run(String name, Moment start, Moment end) {
    boolean mayHaveStarted(Descendant process) {
      long pid = process.pid();
      Instant born = process.startTime();
      return (start.pid <= end.pid
              ? start.pid < pid && pid <= end.pid
              : start.pid < pid || pid <= end.pid)
          && born.isAfter(start.at.minusSeconds(TOLERANCE_SECONDS))
          && born.isBefore(end.at.plusSeconds(TOLERANCE_SECONDS));
    }
  }

  /** A time, and the latest pid then. */
  public record Moment(long pid, Instant at) {
    public static Moment now() {
      try {
        String text = Files.readString(LOAD).strip(); // proc_loadavg(5)
        return new Moment(Long.parseLong(text.substring(text.lastIndexOf(' ') + 1)), Instant.now());
      } catch (IOException | NumberFormatException e) {
        return new Moment(0, Instant.EPOCH);
      }
    }
  }

  /** Notes one that ends now. */
  synchronized void ran(String name, Moment start) {
    Moment end = Moment.now();
    if (end.pid != start.pid && runs.size() < MOST) {
      runs.add(new Run(name, start, end));
    }
  }

  /** Returns in which of them the processes were born; empty if that is not known. */
  synchronized String born(Stream<Descendant> processes) {
    List<String> names =
        processes
            .map(one -> runs.stream().filter(run -> run.mayHaveStarted(one)).toList())
            .filter(possible -> possible.size() == 1)
            .map(possible -> Text.safe(possible.get(0).name))
            .distinct()
            .toList();
    return names.isEmpty()
        ? ""
        : names.stream()
            .limit(MOST_NAMED)
            .collect(joining("\" and \"", ", born in the dynamic test \"", "\""));
  }
}
