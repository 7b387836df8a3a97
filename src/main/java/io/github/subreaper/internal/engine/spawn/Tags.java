package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.FileLockLimit;
import io.github.subreaper.internal.linux.LinuxException;
import io.github.subreaper.internal.linux.Procfs;
import java.security.SecureRandom;
import java.util.BitSet;
import java.util.function.IntSupplier;

/**
 * The numbers that processes carry in the soft limit of RLIMIT_LOCKS, so that a descendant names
 * its launch even when it arrives dead, renamed and under another uid.
 *
 * <p>Decimal with fixed widths, 19 digits: {@code 4 | session, 6 | launch, 5 | nested session, 3 |
 * its launch, 4}. The session is random: another container's may be in sight. A JVM that was itself
 * started with a launch's tag numbers its launches in the last seven digits, below that launch.
 */
public final class Tags {
  /** Carries the tag in the environment where the limit can't be set. */
  public static final String VARIABLE = "SUBREAPER_TAG";

  private static final long LEAD = 4_000_000_000_000_000_000L;
  private static final long SESSION_UNIT = 1_000_000_000_000L;
  private static final long LAUNCH_UNIT = 10_000_000L;
  private static final long NESTED_SESSION_UNIT = 10_000L;
  private static final int NESTED_SESSIONS = (int) (LAUNCH_UNIT / NESTED_SESSION_UNIT);
  private static final int MOST_TRIES = 100;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final long own;
  private final long unit;
  private final int capacity;
  private final boolean inLimit;
  private final BitSet used = new BitSet();
  private int last;

  private Tags(long own, long unit, int capacity, boolean inLimit) {
    this.own = own;
    this.unit = unit;
    this.capacity = capacity;
    this.inLimit = inLimit;
  }

  /** Chooses the session's number and puts it on this JVM, if system and digits allow. */
  public static Tags claim(long present) {
    try {
      FileLockLimit.probeOthers(); // whose a new process is has to be told from outside
    } catch (LinuxException e) {
      return topLevel(false);
    }
    if (present >= LEAD && present < LEAD + 1_000_000 * SESSION_UNIT) {
      return present % LAUNCH_UNIT == 0
          ? nested(present, () -> RANDOM.nextInt(1, NESTED_SESSIONS))
          : topLevel(false);
    }
    Tags tags = topLevel(true);
    return carry(tags.own) ? tags : topLevel(false);
  }

  /**
   * A number below a launch that no process in sight carries: the guardian of a sibling with the
   * same number would end this JVM. Each sibling puts its number on itself before it looks, so of
   * two that choose the same one at once the later one sees the other and chooses again.
   *
   * @param launch what this JVM carries
   * @param numbers gives the next one to be tried
   */
  public static Tags nested(long launch, IntSupplier numbers) {
    for (int tried = 0; tried < MOST_TRIES; tried++) {
      long own = launch + numbers.getAsInt() * NESTED_SESSION_UNIT;
      if (!isCarriedByOthers(own)) {
        Tags tags = new Tags(own, 1, (int) NESTED_SESSION_UNIT - 1, carry(own));
        if (!tags.inLimit || !isCarriedByOthers(own)) {
          return tags;
        }
        FileLockLimit.set(Procfs.SELF, launch);
      }
    }
    return topLevel(false);
  }

  private static boolean isCarriedByOthers(long session) {
    int self = (int) ProcessHandle.current().pid();
    for (int pid : Procfs.processes()) {
      long tag = pid == self ? 0 : limit(pid);
      if (tag >= session && tag < session + NESTED_SESSION_UNIT) {
        return true;
      }
    }
    return false;
  }

  private static Tags topLevel(boolean inLimit) {
    long session = RANDOM.nextLong(1, 1_000_000);
    return new Tags(LEAD + session * SESSION_UNIT, LAUNCH_UNIT, 99_999, inLimit);
  }

  private static boolean carry(long tag) {
    try {
      FileLockLimit.set(Procfs.SELF, tag);
      return true;
    } catch (LinuxException e) {
      return false;
    }
  }

  /** Whether the tag rides in the limit; otherwise in a variable of the environment. */
  public boolean inLimit() {
    return inLimit;
  }

  /** What this JVM carries itself, and so whatever code under test starts: launch 0. */
  public long own() {
    return own;
  }

  /** Whether this JVM still carries its own tag in the limit. */
  boolean isCarried() {
    return FileLockLimit.peek(Procfs.SELF) == own;
  }

  public long ofLaunch(int launch) {
    return own + launch * unit;
  }

  /** A shell's pattern for all that this session's processes can carry. */
  public String pattern() {
    int digits = Long.toString((capacity + 1L) * unit - 1).length();
    String tag = Long.toString(own);
    return tag.substring(0, tag.length() - digits) + "[0-9]".repeat(digits);
  }

  /** A number that no living process carries. */
  public synchronized int allocate() {
    for (int tried = 0; tried < capacity; tried++) {
      last = last % capacity + 1;
      if (!used.get(last)) {
        used.set(last);
        return last;
      }
    }
    throw new IllegalStateException(
        "all " + capacity + " launch numbers are carried by living processes; end some scopes");
  }

  /** Called when all that carried it was seen dead. */
  public synchronized void free(int launch) {
    used.clear(launch);
  }

  /** What a process carries, now or as a zombie; 0 if that can't be read. */
  public long read(int pid) {
    if (inLimit) {
      return limit(pid);
    }
    String value = Procfs.environmentVariable(pid, VARIABLE);
    try {
      return value == null ? 0 : Long.parseLong(value);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static long limit(int pid) {
    long quick = FileLockLimit.peek(pid);
    return quick != 0 ? quick : Procfs.fileLockLimit(pid); // readable for whosever it is
  }

  /** Whether a process of ours has another limit than its tag, by one call. */
  public boolean isLost(int pid) {
    long limit = inLimit ? FileLockLimit.peek(pid) : 0;
    return limit != 0 && !covers(limit);
  }

  /** Whether a tag is of this session: the JVM's own or one of its launches' or below one. */
  public boolean covers(long tag) {
    return tag >= own && tag < own + (capacity + 1L) * unit;
  }

  /** Whether a tag is that of a launch, or of one below it. */
  public boolean isOf(int launch, long tag) {
    return covers(tag) && launchOf(tag) == launch;
  }

  /** The launch's number, 0 for ambient; meaningless where {@link #covers} is false. */
  public int launchOf(long tag) {
    return (int) ((tag - own) / unit);
  }
}
