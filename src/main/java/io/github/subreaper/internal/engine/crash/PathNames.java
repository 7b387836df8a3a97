package io.github.subreaper.internal.engine.crash;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of files without what differs in each run: pids and random suffixes. */
final class PathNames {
  /** A pid of one digit would be found in too many names. */
  private static final Pattern NUMBER = Pattern.compile("\\d{2,}");

  /** Of mkstemp(3), with letters, and a digit or both cases; of mktemp(1); of Python's tempfile. */
  private static final Pattern RANDOM =
      Pattern.compile(
          "(?:(?<=[._-])(?!\\d{6})(?=[a-zA-Z]{0,5}\\d|[a-z]{1,5}[A-Z]|[A-Z]{1,5}[a-z])|(?<=[/ ]sed))"
              + "[a-zA-Z0-9]{6}(?=[/ ]|$)"
              + "|(?<=tmp\\.)[a-zA-Z0-9]{10}(?=[/ ]|$)"
              + "|(?<=[/ ]tmp)[a-z0-9_]{8}(?=[/ .]|$)");

  private final Set<String> pids = new HashSet<>();

  /** A process of the tree has this pid, or had. */
  void add(int pid) {
    pids.add(Integer.toString(pid));
  }

  String normal(String path) {
    String withoutPids =
        NUMBER
            .matcher(path)
            .replaceAll(
                found ->
                    pids.contains(found.group())
                        ? "{pid}"
                        : Matcher.quoteReplacement(found.group()));
    return RANDOM.matcher("/" + withoutPids).replaceAll("{random}").substring(1);
  }
}
