package io.github.subreaper.internal.report;

import io.github.subreaper.Glob;
import java.util.List;

/** The programs that take a secret by an option whose name does not tell that, such as -p. */
final class SecretOptions {
  /** How a program takes a secret by a short option. */
  private enum How {
    /** {@code -pX}, never {@code -p X}. */
    ATTACHED,
    /** {@code -p X} or {@code -pX}. */
    ANY,
    /** {@code -u name:X} or {@code -uname:X}. */
    AFTER_NAME
  }

  private record Option(String program, String option, How kind) {}

  private static final List<Option> OPTIONS =
      List.of(
          new Option("mysql*", "-p", How.ATTACHED),
          new Option("mariadb*", "-p", How.ATTACHED),
          new Option("7z*", "-p", How.ATTACHED),
          new Option("sshpass", "-p", How.ANY),
          new Option("redis-cli", "-a", How.ANY),
          new Option("redis-benchmark", "-a", How.ANY),
          new Option("mongo*", "-p", How.ANY),
          new Option("ldap*", "-w", How.ANY),
          new Option("mosquitto_*", "-P", How.ANY),
          new Option("sqlcmd", "-P", How.ANY),
          new Option("ipmitool", "-P", How.ANY),
          new Option("zip", "-P", How.ANY),
          new Option("unzip", "-P", How.ANY),
          new Option("cqlsh*", "-p", How.ANY),
          new Option("rabbitmqadmin", "-p", How.ANY),
          new Option("login", "-p", How.ANY), // docker login
          new Option("curl", "-u", How.AFTER_NAME),
          new Option("curl", "--user", How.AFTER_NAME),
          new Option("curl", "-U", How.AFTER_NAME),
          new Option("curl", "--proxy-user", How.AFTER_NAME),
          new Option("smbclient", "-U", How.AFTER_NAME));

  private SecretOptions() {}

  /**
   * Returns where the secret in a word begins.
   *
   * @param before the words before it
   * @return negative if there is none
   */
  static int valueStart(String word, List<String> before) {
    for (Option option : OPTIONS) {
      int start = valueStart(option, word, before);
      if (start >= 0) {
        return start;
      }
    }
    return -1;
  }

  private static int valueStart(Option option, String word, List<String> before) {
    String name = option.option;
    boolean isValue = !before.isEmpty() && before.get(before.size() - 1).equals(name);
    boolean isAttached =
        name.length() == 2 && word.startsWith(name) && word.length() > name.length();
    if (!((isValue && option.kind != How.ATTACHED) || isAttached)
        || !runs(option.program, before)) {
      return -1;
    }
    int start = isValue ? 0 : name.length();
    return option.kind == How.AFTER_NAME ? afterName(word, start) : start;
  }

  /** Returns a negative number for a name only: the program asks for the rest. */
  private static int afterName(String word, int start) {
    for (int i = start; i < word.length(); i++) {
      if (":%".indexOf(word.charAt(i)) >= 0) {
        return i + 1;
      }
    }
    return -1;
  }

  /** Returns whether a program is among some words, with or without its directory. */
  static boolean runs(String program, List<String> words) {
    Glob glob = Glob.of(program);
    return words.stream().anyMatch(word -> glob.matches(baseName(word)));
  }

  private static String baseName(String word) {
    return word.substring(word.lastIndexOf('/') + 1);
  }
}
