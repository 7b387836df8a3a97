package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.internal.text.PasswdFile;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Says in a failure that the user of an assertion does not exist, passwd(5). */
public final class LocalUsers {
  private LocalUsers() {}

  /** Returns that in words; empty if there is such a user, or it is a number. */
  public static Optional<String> missing(String user) {
    Set<String> names = PasswdFile.ofThisMachine().names();
    if (names.isEmpty() || names.contains(user) || user.chars().allMatch(Character::isDigit)) {
      return Optional.empty();
    }
    String near =
        names.stream()
            .filter(name -> letters(name).equals(letters(user)))
            .findFirst()
            .map(name -> ": did you mean `" + name + "`?")
            .orElse("");
    return Optional.of(
        "there is no user `" + Naming.printable(user) + "` in /etc/passwd of this machine" + near);
  }

  /** Returns what two names share if one has letters in another order, or other signs. */
  private static String letters(String name) {
    return name.toLowerCase(Locale.ROOT)
        .chars()
        .filter(Character::isLetter)
        .sorted()
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
