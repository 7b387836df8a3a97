package io.github.subreaper.internal.linux.proc;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of local users, passwd(5). A directory service is not asked, since that may take for
 * ever.
 */
public class UserNames {
  /**
   * A file that was older than this when it was read gets another modification time with each later
   * write.
   */
  private static final long SETTLED_MILLIS = 2000;

  /** A snapshot asks for each of its processes: a name may be so old. */
  private static final long RECENT_NANOS = 1_000_000;

  private final File passwd;
  private volatile @Nullable Users known;

  public UserNames(File passwd) {
    this.passwd = passwd;
  }

  /** The ids of a user: its own, and that of its first group. */
  public record Ids(int uid, int gid) {}

  private record User(String name, Ids ids) {}

  private record Users(long modified, long lookedNanos, List<User> all) {}

  /** Returns the ids of the user with a name; null if there is none. */
  public @Nullable Ids ids(String name) {
    for (User user : users(0)) {
      if (user.name.equals(name)) {
        return user.ids;
      }
    }
    return null;
  }

  /** Returns the name, or the number where there is none. */
  public String name(int uid) {
    for (User user : users(RECENT_NANOS)) {
      if (user.ids.uid == uid) {
        return user.name;
      }
    }
    return Integer.toUnsignedString(uid);
  }

  /** Reads the file only if it has changed, or may change without a new modification time. */
  private List<User> users(long mostNanos) {
    Users last = known;
    long nanos = System.nanoTime();
    if (last != null && nanos - last.lookedNanos < mostNanos) {
      return last.all;
    }
    long modified = passwd.lastModified();
    if (last != null && last.modified == modified) {
      known = new Users(modified, nanos, last.all);
      return last.all;
    }
    long now = System.currentTimeMillis();
    List<User> all = read();
    known =
        modified > 0 && modified < now - SETTLED_MILLIS ? new Users(modified, nanos, all) : null;
    return all;
  }

  private List<User> read() {
    List<User> all = new ArrayList<>();
    try {
      String text = Files.readString(passwd.toPath(), StandardCharsets.ISO_8859_1);
      for (String line : text.split("\n", -1)) {
        User user = user(line.split(":", -1));
        if (user != null) {
          all.add(user);
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return all;
  }

  private static @Nullable User user(String[] fields) {
    try {
      return fields.length < 4
          ? null
          : new User(
              fields[0],
              new Ids(Integer.parseUnsignedInt(fields[2]), Integer.parseUnsignedInt(fields[3])));
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
