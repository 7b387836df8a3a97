package io.github.subreaper.assertj;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.ProcessDetails.OpenFile;
import io.github.subreaper.Signal;
import io.github.subreaper.WaitTimeoutException;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.assertj.shapes.ShapeMarks;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.secrets.Masker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.error.BasicErrorMessageFactory;

/** Writes the text of each failure: the subject, what was expected, what was found, evidence. */
final class Should extends BasicErrorMessageFactory {
  static final String INDENT = "   ";
  private static final int SHELL_SIGNAL_BASE = 128;
  private static final int LAST_SIGNAL = Signal.valueOf("RTMAX").number();
  private static final int DESCRIPTORS = 20;
  private static final int MOST_LINES = 40;
  private static final int FIRST_LINES = 25;
  private static final int LONGEST_LINE = 500;
  private static final String NOTHING_CHANGES_THE_TREE =
      "No process is left that could change the tree, so the wait ended early.\n";

  static final String NO_COMMAND_LINE =
      "it is unknown: the process died before it could be read, or has cleared it";

  /** Parts of the text are what a process has printed, so all of it is masked and made harmless. */
  private Should(String verdict, String evidence) {
    super(
        "%s",
        unquotedString(
            Naming.printableLines(
                Masker.ofJvm()
                    .text(
                        evidence.isBlank()
                            ? verdict
                            : verdict + "\n\n" + evidence.stripTrailing()))));
  }

  /** Says what was expected in the words of the assertion, and what was found instead. */
  static Should expecting(String subject, String to, String but, String evidence) {
    return new Should("Expecting " + subject + "\nto " + to + "\nbut " + but, evidence);
  }

  static String elements(String what, List<String> expected) {
    return "have the " + what + numbered(expected);
  }

  /** Names the first element that differs, and shows all of them. */
  static String difference(List<String> expected, List<String> found) {
    int first = 0;
    while (first < Math.min(expected.size(), found.size())
        && expected.get(first).equals(found.get(first))) {
      first++;
    }
    String which =
        first == expected.size()
            ? "there are more, from " + (first + 1) + " on"
            : first == found.size()
                ? "there " + (found.size() == 1 ? "is only 1" : "are only " + found.size())
                : (first + 1) + " is another";
    return which + numbered(found);
  }

  private static String numbered(List<String> elements) {
    StringBuilder text = new StringBuilder(elements.isEmpty() ? ": none" : ":");
    for (int i = 0; i < elements.size(); i++) {
      text.append('\n')
          .append(INDENT)
          .append(i + 1)
          .append("  ")
          .append(Naming.printable(elements.get(i)));
    }
    return text.toString();
  }

  static String descriptors(String verb, List<OpenFile> files) {
    List<String> items = new ArrayList<>();
    files.stream().limit(DESCRIPTORS).forEach(file -> items.add(file.toString()));
    if (files.size() > DESCRIPTORS) {
      items.add("and " + (files.size() - DESCRIPTORS) + " more");
    }
    return verb + (items.isEmpty() ? ": nothing" : lines(items));
  }

  /** Takes the message of a failed wait of the core as it is. */
  static Should comeAsAwaited(WaitTimeoutException wait) {
    return new Should(String.valueOf(wait.getMessage()), "");
  }

  /**
   * Says how it ended instead.
   *
   * @param end the actual status, perhaps with the sender of the signal
   */
  static Should endWith(
      String subject, ExitStatus expected, ExitStatus actual, String end, String evidence) {
    return expecting(
        subject,
        "end with: " + expected,
        "it ended with: " + end + shellNote(expected, actual),
        evidence);
  }

  private static String shellNote(ExitStatus expected, ExitStatus actual) {
    if (actual instanceof ExitStatus.Exited exited) {
      int number = exited.code() - SHELL_SIGNAL_BASE;
      return number < 1 || number > LAST_SIGNAL
          ? ""
          : String.format(
              "%n(%d is %d + %d: shells report death by %s this way,"
                  + " and so do programs that imitate them)",
              exited.code(), SHELL_SIGNAL_BASE, number, Signal.valueOf(String.valueOf(number)));
    }
    if (actual instanceof ExitStatus.Signaled signaled
        && expected.equals(exitedAsShellsReport(signaled.signal()))) {
      return String.format(
          "%n(%d + %d is how shells report that; here the signal itself is known:"
              + " expect signaled(%s))",
          SHELL_SIGNAL_BASE, signaled.signal().number(), signaled.signal());
    }
    return "";
  }

  private static ExitStatus exitedAsShellsReport(Signal signal) {
    return ExitStatus.exited(SHELL_SIGNAL_BASE + signal.number());
  }

  static Should haveDumpedCore(String subject, ExitStatus actual, String end, String evidence) {
    String but = "it ended with: " + end;
    if (actual instanceof ExitStatus.Signaled) {
      but += "\n(whether a core is dumped depends on `ulimit -c` and core(5))";
    }
    return expecting(subject, "have dumped core", but, evidence);
  }

  static Should beAlive(String subject, String state, String evidence) {
    return expecting(subject, "be alive", "it is not: " + state, evidence);
  }

  static Should beOrphan(String subject, String parent, String evidence) {
    return expecting(
        subject, "be an orphan", "this JVM has not adopted it; its parent: " + parent, evidence);
  }

  static Should haveName(
      String subject, String glob, String commandLine, String hint, String evidence) {
    return expecting(
        subject, "have " + matching(glob), "its command line is " + commandLine + hint, evidence);
  }

  private static String matching(String glob) {
    return "a name or command line that matches the glob `" + glob + "`";
  }

  static Should haveChildren(
      String subject, int expected, Duration waited, List<String> children, String evidence) {
    return expecting(
        subject,
        "have " + count(expected, "child", "children"),
        "after "
            + Naming.of(waited)
            + " it has "
            + count(children.size(), "child", "children")
            + lines(children),
        evidence);
  }

  static Should beRespawnedAtMost(
      String subject, int most, Duration within, List<String> respawns, String evidence) {
    return expecting(
        subject,
        "be respawned at most " + times(most) + " within " + Naming.of(within),
        "it was respawned " + times(respawns.size()) + lines(respawns),
        evidence);
  }

  private static String times(int number) {
    return number == 1 ? "once" : number + " times";
  }

  static Should listenOn(
      String subject, String where, Duration waited, String instead, String evidence) {
    return expecting(
        subject,
        "listen on " + where,
        "after " + Naming.of(waited) + " it listens on " + instead,
        evidence);
  }

  static Should notListenOn(String subject, String where, List<String> listeners, String evidence) {
    return expecting(subject, "not listen on " + where, "it does" + lines(listeners), evidence);
  }

  static Should haveChildrenBeforeItsEnd(
      String subject, int expected, String state, String evidence) {
    return endLater(subject, "have " + count(expected, "child", "children"), state, evidence);
  }

  static Should listenBeforeItsEnd(String subject, String where, String state, String evidence) {
    return endLater(subject, "listen on " + where, state, evidence);
  }

  private static Should endLater(String subject, String to, String state, String evidence) {
    return expecting(subject, to, "it has ended before: " + state, evidence);
  }

  static Should useLess(String subject, String to, String but, List<String> each, String evidence) {
    return expecting(subject, to, but + lines(each), evidence);
  }

  static Should haveOrphans(
      String subject, int expected, List<String> orphans, boolean running, String evidence) {
    return expecting(
        subject,
        "have left " + count(expected, "orphan", "orphans"),
        "this JVM adopted "
            + (orphans.isEmpty() ? "none" : orphans.size())
            + lines(orphans)
            + (running && orphans.size() < expected
                ? "\n(it is still running, so orphans may follow: wait with exitsWith(…) before)"
                : ""),
        evidence);
  }

  static Should haveExecuted(String subject, String what, String commands) {
    return expecting(subject, "have " + what, "its processes have executed:", commands);
  }

  static Should haveReceived(String subject, Signal signal, String signals, String evidence) {
    return expecting(subject, "have received " + signal, "it has received " + signals, evidence);
  }

  static Should haveExecutedTraced(String subject, String what, String why, String journal) {
    return expecting(subject, "have " + what, why + " What is known:", journal);
  }

  static Should haveNoOrphans(String subject, List<String> orphans, String evidence) {
    return expecting(
        subject,
        "have left no orphans",
        "this JVM adopted " + orphans.size() + lines(orphans),
        evidence);
  }

  static Should haveNoProcesses(String subject, int size, String evidence) {
    return expecting(
        subject,
        "have no living processes",
        "it has " + count(size, "process", "processes"),
        evidence);
  }

  static Should beDaemonized(
      String subject,
      int failed,
      int tested,
      String lines,
      String race,
      String waiver,
      String evidence) {
    String verdict =
        "Expecting "
            + subject
            + " to be daemonized, but "
            + failed
            + " of "
            + count(tested, "convention", "conventions")
            + (failed == 1 ? " is" : " are")
            + " not kept:\n"
            + lines
            + race
            + "\nTo waive them: isDaemonized("
            + waiver
            + ")";
    return new Should(verdict, evidence);
  }

  static Should haveNoLeaks(String subject, List<String> leaks, String evidence) {
    return expecting(
        subject,
        "have no leaks",
        "if it ended now, it would leak "
            + count(leaks.size(), "process", "processes")
            + lines(leaks),
        evidence);
  }

  static Should allHaveEndedWith(
      int all, ExitStatus expected, List<String> others, String evidence) {
    return expecting(
        count(all, "process", "processes"),
        "have all ended with: " + expected,
        others.size() + " did not" + lines(others),
        evidence);
  }

  static Should allBeAlive(int all, List<String> others, String evidence) {
    return expecting(
        count(all, "process", "processes"),
        "be all alive",
        count(others.size(), "is not", "are not") + lines(others),
        evidence);
  }

  static Should allHaveName(int all, String glob, List<String> others, String evidence) {
    return expecting(
        count(all, "process", "processes"),
        "have all " + matching(glob),
        count(others.size(), "has not", "have not") + lines(others),
        evidence);
  }

  static Should anyHaveName(String glob, List<String> all, String hint, String evidence) {
    return expecting(
        "processes", "include one with " + matching(glob), thereAre(all) + hint, evidence);
  }

  private static String shortened(String line) {
    return line.length() <= LONGEST_LINE
        ? line
        : line.substring(0, LONGEST_LINE / 2)
            + "…"
            + line.substring(line.length() - LONGEST_LINE / 2);
  }

  static String thereAre(List<String> processes) {
    int number = processes.size();
    return number == 0
        ? "there are none"
        : "there " + (number == 1 ? "is 1" : "are " + number) + lines(processes);
  }

  static Should haveNoneAlive(int all, List<String> alive, String evidence) {
    return expecting(
        count(all, "process", "processes"),
        "have all ended",
        count(alive.size(), "is alive", "are alive") + lines(alive),
        evidence);
  }

  static Should contain(String tree, String glob, String hint) {
    return tree("contain a process with " + matching(glob) + ", but there is none", tree, hint);
  }

  static Should contain(String tree, String glob, int times, List<String> found, String hint) {
    return tree(
        "contain %s with %s, but %s"
                .formatted(count(times, "process", "processes"), matching(glob), thereAre(found))
            + (found.isEmpty() ? "" : "\nof"),
        tree,
        found.isEmpty() ? hint : "");
  }

  static Should haveSize(String tree, int expected, int actual) {
    String verdict =
        "have %s, but it has %s"
            .formatted(
                count(expected, "process", "processes"), count(actual, "process", "processes"));
    return tree(verdict, tree, "");
  }

  /** The verdict comes before the tree, which may be long. */
  private static Should tree(String verdict, String tree, String hint) {
    return new Should(
        "Expecting process tree to " + verdict + (tree.isEmpty() ? "" : ":\n" + text(tree)) + hint,
        "");
  }

  static Should haveShape(ShapeMarks marks) {
    return haveShape("have the shape, but", marks, "");
  }

  static Should haveShapeWithin(
      Duration limit, boolean hopeless, ShapeMarks marks, String evidence) {
    return haveShape(
        "have the shape within " + Naming.of(limit) + ", but",
        marks,
        (hopeless ? NOTHING_CHANGES_THE_TREE : "") + evidence);
  }

  static Should keepShapeFor(Duration time, Duration after, ShapeMarks marks, String evidence) {
    return haveShape(
        "keep the shape for " + Naming.of(time) + ", but after " + Naming.of(after),
        marks,
        evidence);
  }

  static Should matchApprovedShape(
      String file, String marked, String other, String fix, String evidence) {
    return new Should(
        "Expecting process tree to have the approved shape (%s):\n%s\n%s%s"
            .formatted(file, marked, other, fix),
        evidence);
  }

  /** The file was written just now. */
  static Should reviewApprovedShape(String test, String file, List<String> lines) {
    return new Should(
        "There was no approved shape of %s, so the one found was written to %s:\n%s\n"
                .formatted(test, file, text(String.join("\n", lines)))
            + "To fix: review the file, commit it, and run the test again",
        "");
  }

  /** The file is missing and cannot be written. */
  static Should haveApprovedShape(
      String test, String file, List<String> lines, String why, String evidence) {
    return new Should(
        "There is no approved shape of %s (%s), and the one found was not written:\n%s\nReason: %s"
            .formatted(test, file, text(String.join("\n", lines)), why),
        evidence);
  }

  static Should readApprovedShape(String file, String why) {
    return new Should(
        "Cannot read the approved shape (%s): %s\n".formatted(file, why)
            + "To fix: correct the file, or write it anew with -Dsubreaper.approve=true",
        "");
  }

  private static Should haveShape(String to, ShapeMarks marks, String evidence) {
    String verdict =
        "Expecting process tree to %s %s:\n%s\nShape:\n%s%s"
            .formatted(to, marks.verdict(), marks.tree(), marks.pattern(), marks.hint());
    return new Should(verdict, evidence);
  }

  static String count(int number, String one, String many) {
    return number == 0 ? "no " + many : Counts.of(number, one, many);
  }

  private static String lines(List<String> items) {
    return items.isEmpty() ? "" : ":\n" + text(String.join("\n", items));
  }

  /**
   * Indents the lines of a text, the middle left out if they are many; says so if there is none.
   */
  static String text(String text) {
    if (text.isBlank()) {
      return INDENT + (text.isEmpty() ? "(nothing)" : "(nothing but white space)");
    }
    List<String> lines = text.stripTrailing().lines().toList();
    int hidden = lines.size() - MOST_LINES;
    return IntStream.range(0, lines.size())
        .filter(i -> hidden <= 0 || i < FIRST_LINES || i >= FIRST_LINES + hidden)
        .mapToObj(
            i ->
                (hidden > 0 && i == FIRST_LINES + hidden
                        ? INDENT + "… " + count(hidden, "line", "lines") + " more …\n"
                        : "")
                    + INDENT
                    + shortened(lines.get(i)))
        .collect(Collectors.joining("\n"));
  }
}
