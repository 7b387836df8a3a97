package io.github.subreaper.testing;

import java.util.regex.Pattern;

/**
 * User ids for confined programs. RLIMIT_NPROC counts all processes of a user, so each test JVM has
 * ids of its own: two builds on one machine would fill each other's limits.
 */
public final class UnusedUsers {
  private static final int FIRST = 200_000 + 64 * (int) ProcessHandle.current().pid();
  private static final Pattern NAME = Pattern.compile("\\bUSER(\\d+)\\b");

  private UnusedUsers() {}

  /** Returns one of 64 ids; {@link Hostile} has the first four. */
  public static int uid(int number) {
    return FIRST + number;
  }

  /** Returns a text with an id in place of each {@code USER} and number. */
  public static String in(String text) {
    return NAME.matcher(text)
        .replaceAll(match -> Integer.toString(uid(Integer.parseInt(match.group(1)))));
  }
}
