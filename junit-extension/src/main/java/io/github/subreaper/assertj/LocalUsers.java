package io.github.subreaper.assertj;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Says in a failure that the user of an assertion does not exist, passwd(5). */
final class LocalUsers {
  private static final Path FILE = Path.of("/etc/passwd");

  private LocalUsers() {}

  /** Returns that in words; empty if there is such a user, or it is a number. */
  static Optional<String> missing(String user) {
    List<String> names = names();
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
        "there is no user `" + Naming.printable(user) + "` in " + FILE + " of this machine" + near);
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

  private static List<String> names() {
    try {
      return Files.readString(FILE, StandardCharsets.ISO_8859_1)
          .lines()
          .filter(line -> line.indexOf(':') > 0)
          .map(line -> line.substring(0, line.indexOf(':')))
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
