package io.github.subreaper.internal.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The local users, passwd(5), as the file has them when it is read. A directory service is not
 * asked, since that may take for ever.
 */
public final class PasswdFile {
  private final Map<Integer, String> names = new HashMap<>();
  private final Map<String, Ids> users = new LinkedHashMap<>();

  private PasswdFile() {}

  /** The ids of a user: its own, and that of its first group. */
  public record Ids(int uid, int gid) {}

  public static PasswdFile ofThisMachine() {
    return of(Path.of("/etc/passwd"));
  }

  /** Reads a file as far as that is possible: what is no line of a user is passed over. */
  public static PasswdFile of(Path passwd) {
    PasswdFile users = new PasswdFile();
    try (Stream<String> lines = Files.lines(passwd, StandardCharsets.ISO_8859_1)) {
      lines.map(line -> line.split(":", -1)).forEach(users::add);
    } catch (IOException | RuntimeException e) {
      return users; // who asks has the numbers then
    }
    return users;
  }

  private void add(String[] fields) {
    if (fields.length > 3 && !fields[0].isEmpty()) {
      try {
        Ids ids = new Ids(Integer.parseUnsignedInt(fields[2]), Integer.parseUnsignedInt(fields[3]));
        names.putIfAbsent(ids.uid, fields[0]);
        users.putIfAbsent(fields[0], ids);
      } catch (NumberFormatException e) {
        return; // a line of nis(5), such as +::::::
      }
    }
  }

  /** Returns the first name that a user has in the file; null if there is none. */
  public @Nullable String name(int uid) {
    return names.get(uid);
  }

  /** Returns the ids of the user with a name; null if there is none. */
  public @Nullable Ids ids(String name) {
    return users.get(name);
  }

  /** Returns all names, in the order of the file. */
  public Set<String> names() {
    return Collections.unmodifiableSet(users.keySet());
  }
}
