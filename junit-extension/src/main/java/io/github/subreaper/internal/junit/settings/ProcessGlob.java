package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.Descendant;
import io.github.subreaper.Ending;
import io.github.subreaper.internal.text.GlobMatcher;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes the glob for one process that tolerates as few others as its command line allows. */
public final class ProcessGlob {
  /** The name of such a program says nothing: the command line names what it runs. */
  private static final Pattern INTERPRETER =
      Pattern.compile("java|(ba|da|a|k|z)?sh|python[0-9.]*|node|perl|ruby|php|dotnet");

  private static final Set<String> WITH_VALUE =
      Set.of("-cp", "-classpath", "--class-path", "-p", "--module-path");

  /** The start of a file's name, a class or a command, without a version or a number. */
  private static final Pattern MEANINGFUL = Pattern.compile("[A-Za-z][A-Za-z._-]*[A-Za-z]");

  private static final Pattern FIRST_WORD = Pattern.compile("[\\s=;&|<>]");

  private ProcessGlob() {}

  /**
   * Returns different globs for all of these: each process that one of them forked stays with it.
   */
  public static List<String> ofAll(List<Descendant> processes) {
    return processes.stream()
        .filter(one -> one.parent().filter(parent -> hasLeft(parent, processes)).isEmpty())
        .map(one -> BaselineLine.oneLine(of(one)))
        .distinct()
        .toList();
  }

  /** A parent that has ended by itself may have done so before globs were compared. */
  private static boolean hasLeft(Descendant parent, List<Descendant> processes) {
    return processes.contains(parent) && parent.ending().filter(Ending.BY_ITSELF::equals).isEmpty();
  }

  public static String of(Descendant process) {
    return of(process.name(), process.commandLine());
  }

  public static String of(String name, List<String> commandLine) {
    String byName = BaselineLine.escaped(name);
    String what = INTERPRETER.matcher(name).matches() ? program(commandLine) : "";
    String closer = byName + " *" + what + "*";
    return what.isEmpty() || !new GlobMatcher(closer).matches(name, commandLine)
        ? byName + "*"
        : closer;
  }

  private static String program(List<String> commandLine) {
    Iterator<String> words = commandLine.stream().skip(1).iterator();
    while (words.hasNext()) {
      String word = words.next();
      if (!word.startsWith("-")) {
        String first = FIRST_WORD.split(word.strip(), 2)[0]; // the rest may hold a secret
        Matcher meaningful = MEANINGFUL.matcher(first.substring(first.lastIndexOf('/') + 1));
        return meaningful.lookingAt() ? meaningful.group() : "";
      }
      if (WITH_VALUE.contains(word) && words.hasNext()) {
        words.next();
      }
    }
    return "";
  }
}
