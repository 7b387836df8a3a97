package io.github.subreaper.internal.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names of local users, passwd(5), read once. A directory service is not asked, since that may
 * take for ever.
 */
public final class PasswdFile {
  private static final int MOST = 10_000;

  private final Map<Integer, String> names = new HashMap<>();
  private final Set<String> all = new LinkedHashSet<>();

  private PasswdFile() {}

  public static PasswdFile ofThisMachine() {
    return of(Path.of("/etc/passwd"));
  }

  /** Reads a file as far as that is possible. */
  static PasswdFile of(Path passwd) {
    PasswdFile users = new PasswdFile();
    try (Stream<String> lines = Files.lines(passwd, StandardCharsets.ISO_8859_1)) {
      lines.limit(MOST).map(line -> List.of(line.split(":", -1))).forEach(users::add);
    } catch (IOException | RuntimeException e) {
      return users; // a recording has the numbers then
    }
    return users;
  }

  private void add(List<String> fields) {
    if (fields.size() > 2 && !fields.get(0).isEmpty()) {
      try {
        names.putIfAbsent(Integer.parseUnsignedInt(fields.get(2)), fields.get(0));
        all.add(fields.get(0));
      } catch (NumberFormatException e) {
        return; // a line of nis(5), such as +::::::
      }
    }
  }

  /** Returns the name of a user; null if there is none. */
  public @Nullable String name(int uid) {
    return names.get(uid);
  }

  /** Returns all names, in the order of the file. */
  public Set<String> names() {
    return Collections.unmodifiableSet(all);
  }
}
