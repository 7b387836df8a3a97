package io.github.subreaper.internal.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The names of users in passwd(5): the local ones, since asking a directory may take for ever. */
public final class UserNames {
  private static final Path PASSWD = Path.of("/etc/passwd");

  private UserNames() {}

  /** The ids of a user: its own, and that of its first group. */
  public record Ids(int uid, int gid) {}

  /** Who has a name; null if nobody. */
  public static @Nullable Ids idsOf(String name) {
    try {
      for (String line : Files.readString(PASSWD, StandardCharsets.ISO_8859_1).split("\n", -1)) {
        String[] fields = line.split(":", -1);
        if (fields.length > 3 && fields[0].equals(name)) {
          return new Ids(Integer.parseUnsignedInt(fields[2]), Integer.parseUnsignedInt(fields[3]));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return null;
    }
    return null;
  }

  /** The name, or the number where there is none. */
  public static String of(int uid) {
    String number = Integer.toString(uid);
    try {
      for (String line : Files.readString(PASSWD, StandardCharsets.ISO_8859_1).split("\n", -1)) {
        String[] fields = line.split(":", -1);
        if (fields.length > 2 && fields[2].equals(number)) {
          return fields[0];
        }
      }
    } catch (IOException e) {
      return number;
    }
    return number;
  }
}
