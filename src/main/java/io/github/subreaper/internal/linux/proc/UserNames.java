package io.github.subreaper.internal.linux.proc;

import io.github.subreaper.internal.text.PasswdFile;
import java.io.File;
import org.jspecify.annotations.Nullable;

/** The local users as they are now: the file is read again when it has changed. */
public class UserNames {
  /**
   * A file that was older than this when it was read gets another modification time with each later
   * write.
   */
  private static final long SETTLED_MILLIS = 2000;

  /** A snapshot asks for each of its processes: a name may be so old. */
  private static final long RECENT_NANOS = 1_000_000;

  private final File passwd;
  private volatile @Nullable Read last;

  public UserNames(File passwd) {
    this.passwd = passwd;
  }

  private record Read(long modified, long lookedNanos, PasswdFile users) {}

  /** Returns the ids of the user with a name; null if there is none. */
  public PasswdFile.@Nullable Ids ids(String name) {
    return users(0).ids(name);
  }

  /** Returns the name, or the number where there is none. */
  public String name(int uid) {
    String name = users(RECENT_NANOS).name(uid);
    return name != null ? name : Integer.toUnsignedString(uid);
  }

  /** Reads the file only if it has changed, or may change without a new modification time. */
  private PasswdFile users(long mostNanos) {
    Read known = last;
    long nanos = System.nanoTime();
    if (known != null && nanos - known.lookedNanos < mostNanos) {
      return known.users;
    }
    long modified = passwd.lastModified();
    if (known != null && known.modified == modified) {
      last = new Read(modified, nanos, known.users);
      return known.users;
    }
    long now = System.currentTimeMillis();
    PasswdFile users = PasswdFile.of(passwd.toPath());
    last =
        modified > 0 && modified < now - SETTLED_MILLIS ? new Read(modified, nanos, users) : null;
    return users;
  }
}
