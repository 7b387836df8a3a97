package io.github.subreaper.internal.junit.jupiter;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessNotReadableException;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.SubreaperException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.text.Text;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks Java processes for the stacks of their threads. A JVM writes them to its standard output
 * when it gets SIGQUIT, which ends any other program.
 */
final class JavaStacks {
  private static final String BEGIN = "Full thread dump";

  /** The last line of what HotSpot writes begins with it. */
  private static final String END = "JNI global ref";

  private static final Duration LONGEST = Duration.ofSeconds(5);
  private static final int MOST_CHARACTERS = 200_000;

  /** HotSpot begins the line of a frame with a tab, which would be written out. */
  private static final String TAB = " ".repeat(8);

  private JavaStacks() {}

  /**
   * Asks those that are Java processes and have a handler for SIGQUIT. What they write to the
   * standard output of a launch is waited for, some seconds.
   *
   * @return nothing if there is none
   */
  static String of(List<Descendant> processes) {
    Map<Descendant, Integer> asked = new LinkedHashMap<>();
    for (Descendant process : processes) {
      int before = process.launch().map(one -> count(Access.get().output(one, false))).orElse(0);
      if (writesStacks(process) && process.signal(Signal.QUIT)) {
        asked.put(process, before);
      }
    }
    long deadline = System.nanoTime() + LONGEST.toNanos();
    StringBuilder text = new StringBuilder();
    asked.forEach(
        (process, before) -> {
          text.append("\n  stacks asked of ").append(process.pid()).append(" by SIGQUIT");
          process
              .launch()
              .ifPresent(one -> text.append(":\n").append(written(one, before, deadline)));
        });
    return text.toString();
  }

  private static boolean writesStacks(Descendant process) {
    boolean java =
        process
            .executable()
            .map(Path::getFileName)
            .map(name -> name.toString().equals("java"))
            .orElse(false);
    try {
      return java && process.details().caughtSignals().contains(Signal.QUIT);
    } catch (ProcessNotReadableException e) {
      return false; // it has ended meanwhile
    }
  }

  private static String written(Launch launch, int before, long deadline) {
    long left = Math.max(1, deadline - System.nanoTime());
    try {
      launch.awaitReady(Ready.output(END, before + 1), Duration.ofNanos(left));
    } catch (SubreaperException e) {
      return "  nothing on the standard output of its launch by now";
    }
    String output = Access.get().output(launch, false);
    String stacks = output.substring(Math.max(0, output.lastIndexOf(BEGIN)));
    return stacks
        .substring(0, Math.min(MOST_CHARACTERS, stacks.length()))
        .lines()
        .map(line -> Text.safe(line.replace("\t", TAB)))
        .collect(joining("\n"));
  }

  private static int count(String output) {
    return output.split(END, -1).length - 1;
  }
}
