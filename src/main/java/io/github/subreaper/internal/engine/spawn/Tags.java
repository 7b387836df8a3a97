package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.security.SecureRandom;
import java.util.BitSet;
import java.util.function.IntSupplier;

/**
 * The numbers that processes carry in the soft limit of RLIMIT_LOCKS. By it a descendant shows its
 * launch even if it is adopted dead, renamed and under another uid.
 *
 * <p>The upper half of the launch numbers are those of other children of this JVM: of what code
 * under test starts by itself.
 *
 * <p>Decimal with fixed widths, 19 digits: {@code 4 | session, 6 | launch, 5 | nested session, 3 |
 * its launch, 4}. The session is random, since that of another container may be in sight. A JVM
 * that was itself started with a launch's tag numbers its launches in the last seven digits, below
 * that launch.
 */
public final class Tags {
  /** The variable that carries the tag where the limit can't be set. */
  public static final String VARIABLE = "SUBREAPER_TAG";

  /** No tag; a process that has no limit has another value. */
  public static final long UNREADABLE = 0;

  private static final long LEAD = 4_000_000_000_000_000_000L;
  private static final long SESSION_UNIT = 1_000_000_000_000L;
  private static final long LAUNCH_UNIT = 10_000_000L;
  private static final long NESTED_SESSION_UNIT = 10_000L;
  private static final int NESTED_SESSIONS = (int) (LAUNCH_UNIT / NESTED_SESSION_UNIT);
  private static final int MOST_TRIES = 100;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Kernel kernel;
  private final long own;
  private final long unit;
  private final int capacity;
  private final boolean inLimit;
  private final int launches;
  private final BitSet used = new BitSet();
  private int last;
  private int lastChild;

  private Tags(Kernel kernel, long own, long unit, int capacity, boolean inLimit) {
    this.kernel = kernel;
    this.own = own;
    this.unit = unit;
    this.capacity = capacity;
    this.launches = capacity / 2;
    this.lastChild = launches;
    this.inLimit = inLimit;
  }

  /**
   * Chooses the session's number and sets it as this JVM's tag, if the system allows it and digits
   * are left.
   */
  public static Tags claim(Kernel kernel, long present) {
    try {
      kernel.fileLocks.probeOthers(); // a new process gets its tag from outside
    } catch (LinuxException e) {
      return topLevel(kernel, false);
    }
    if (present >= LEAD && present < LEAD + 1_000_000 * SESSION_UNIT) {
      return present % LAUNCH_UNIT == 0
          ? nested(kernel, present, () -> RANDOM.nextInt(1, NESTED_SESSIONS))
          : topLevel(kernel, false);
    }
    Tags tags = topLevel(kernel, true);
    return carry(kernel, tags.own) ? tags : topLevel(kernel, false);
  }

  /**
   * Chooses a number below a launch that no process in sight carries: the guardian of a sibling JVM
   * with the same number would kill this JVM. Each sibling sets its tag before it searches. So of
   * two that choose the same number at once, the later one sees the other and chooses again.
   *
   * @param launch the tag that this JVM carries
   * @param numbers gives the next one to be tried
   */
  public static Tags nested(Kernel kernel, long launch, IntSupplier numbers) {
    for (int tried = 0; tried < MOST_TRIES; tried++) {
      long own = launch + numbers.getAsInt() * NESTED_SESSION_UNIT;
      if (!isCarriedByOthers(kernel, own)) {
        Tags tags = new Tags(kernel, own, 1, (int) NESTED_SESSION_UNIT - 1, carry(kernel, own));
        if (!tags.inLimit || !isCarriedByOthers(kernel, own)) {
          return tags;
        }
        kernel.fileLocks.set(Procfs.SELF, launch);
      }
    }
    return topLevel(kernel, false);
  }

  private static boolean isCarriedByOthers(Kernel kernel, long session) {
    int self = (int) ProcessHandle.current().pid();
    for (int pid : kernel.procfs.processes()) {
      long tag = pid == self ? 0 : limit(kernel, pid);
      if (tag >= session && tag < session + NESTED_SESSION_UNIT) {
        return true;
      }
    }
    return false;
  }

  private static Tags topLevel(Kernel kernel, boolean inLimit) {
    long session = RANDOM.nextLong(1, 1_000_000);
    return new Tags(kernel, LEAD + session * SESSION_UNIT, LAUNCH_UNIT, 99_999, inLimit);
  }

  private static boolean carry(Kernel kernel, long tag) {
    try {
      kernel.fileLocks.set(Procfs.SELF, tag);
      return true;
    } catch (LinuxException e) {
      return false;
    }
  }

  /** Returns whether the limit carries the tag; otherwise a variable of the environment does. */
  public boolean inLimit() {
    return inLimit;
  }

  /** Returns the tag of this JVM, and so of all that code under test starts: launch 0. */
  public long own() {
    return own;
  }

  /** Returns whether this JVM still carries its own tag in the limit. */
  boolean isCarried() {
    return kernel.fileLocks.peek(Procfs.SELF) == own;
  }

  public long ofLaunch(int launch) {
    return own + launch * unit;
  }

  public long ofChild(int child) {
    return own + child * unit;
  }

  /** Returns a shell's pattern for all tags of this session. */
  public String pattern() {
    int digits = Long.toString((capacity + 1L) * unit - 1).length();
    String tag = Long.toString(own);
    return tag.substring(0, tag.length() - digits) + "[0-9]".repeat(digits);
  }

  /** Takes a launch number that no living process carries. */
  public synchronized int allocate() {
    for (int tried = 0; tried < launches; tried++) {
      last = last % launches + 1;
      if (!used.get(last)) {
        used.set(last);
        return last;
      }
    }
    throw new IllegalStateException(
        "all " + launches + " launch numbers are carried by living processes; end some scopes");
  }

  /**
   * Returns a number for a child that no launch has started; 0 if none is left. Each is given once:
   * a process that carries it may be seen at any time.
   */
  public synchronized int nextChild() {
    return lastChild < capacity ? ++lastChild : 0;
  }

  /** Gives a number back, when all processes that carried it were seen dead. */
  public synchronized void free(int launch) {
    used.clear(launch);
  }

  /** Returns the tag of a process or zombie; {@link #UNREADABLE} if it can't be read. */
  public long read(int pid) {
    if (inLimit) {
      return limit(kernel, pid);
    }
    String value = kernel.procfs.environmentVariable(pid, VARIABLE);
    try {
      return value == null ? UNREADABLE : Long.parseLong(value);
    } catch (NumberFormatException e) {
      return UNREADABLE;
    }
  }

  private static long limit(Kernel kernel, int pid) {
    long quick = kernel.fileLocks.peek(pid);
    return quick != 0
        ? quick
        : kernel.procfs.fileLockLimit(pid); // readable for processes of any user
  }

  /** Returns whether a process of ours has lost its tag to another limit, by one call. */
  public boolean isLost(int pid) {
    long limit = inLimit ? kernel.fileLocks.peek(pid) : 0;
    return limit != 0 && !covers(limit);
  }

  /**
   * Returns whether a tag is of this session: that of the JVM, of one of its launches, or below
   * one.
   */
  public boolean covers(long tag) {
    return tag >= own && tag < own + (capacity + 1L) * unit;
  }

  /** Returns whether a tag is that of any launch, or of one below it. */
  public boolean isOfALaunch(long tag) {
    return covers(tag) && launchOf(tag) != 0;
  }

  /** Returns whether a tag is that of a launch, or of one below it. */
  public boolean isOf(int launch, long tag) {
    return covers(tag) && launchOf(tag) == launch;
  }

  /** Returns the launch's number, 0 for ambient; meaningless where {@link #covers} is false. */
  public int launchOf(long tag) {
    int number = number(tag);
    return number <= launches ? number : 0;
  }

  /** Returns the number of a child that no launch has started; 0 if it is none's. */
  public int childOf(long tag) {
    int number = covers(tag) ? number(tag) : 0;
    return number > launches ? number : 0;
  }

  private int number(long tag) {
    return (int) ((tag - own) / unit);
  }
}
