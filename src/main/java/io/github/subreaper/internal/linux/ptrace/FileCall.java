package io.github.subreaper.internal.linux.ptrace;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A system call that changes files, or makes changes durable, with its number on x86-64. Calls that
 * do the same have the same name, so that another C library makes no difference.
 *
 * @param name such as {@code open} for openat(2)
 * @param target where its arguments name what it changes
 * @param arguments the numbers of these arguments, from 0: of {@link Target#PATHS} pairs, a
 *     directory's descriptor and a path; else one
 * @param length the argument with the number of bytes that it writes; -1 if there is none
 * @param count how many arguments it has
 * @param condition when it changes files; null for always
 */
public record FileCall(
    int number,
    String name,
    Target target,
    List<Integer> arguments,
    int length,
    int count,
    @Nullable Condition condition) {

  /** How the arguments name files. */
  public enum Target {
    /** By a descriptor. */
    DESCRIPTOR,
    /** By one or two paths; a symbolic link at their end is replaced or refused. */
    PATHS,
    /** By a path; a symbolic link at its end is followed. */
    FOLLOWED_PATH,
    /** By the address of a unix socket, which becomes a file. */
    SOCKET,
    /** By an address in a mapping of a file. */
    MAPPING,
    /** By requests in memory, io_submit(2). */
    REQUESTS,
    /** By requests in the ring that it makes, io_uring_setup(2), which are not known here. */
    RING,
    /** All files. */
    ALL
  }

  /**
   * What an argument must have.
   *
   * @param argument its number
   * @param bits those of it that count
   * @param value what they must be, or must not be
   * @param next what else must hold; null for nothing
   */
  record Condition(int argument, int bits, int value, boolean equal, @Nullable Condition next) {
    static Condition any(int argument, int bits, @Nullable Condition next) {
      return new Condition(argument, bits, 0, false, next);
    }

    boolean holds(StoppedCall call) {
      return (((int) call.argument(argument) & bits) == value) == equal
          && (next == null || next.holds(call));
    }
  }

  /** A descriptor's argument that stands for the working directory. */
  public static final int NO_DIRECTORY = -1;

  private static final int OPENAT2 = 437;
  private static final int CREATES = 0100;
  private static final int TRUNCATES = 01000;
  private static final int CHANGES = CREATES | TRUNCATES;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;

  /** FICLONE or FICLONERANGE, ioctl_ficlonerange(2): what both have. */
  private static final int CLONES = 0x40009409;

  private static final int CLONES_BITS = ~0x00240004;

  private static final Map<Integer, FileCall> ALL = new LinkedHashMap<>();

  static {
    writes(1, "write/3");
    writes(18, "pwrite/4");
    descriptor(20, "writev/3", 0);
    descriptor(296, "pwritev/4", 0);
    descriptor(328, "pwritev/6", 0);
    descriptor(40, "sendfile/4", 0);
    descriptor(275, "splice/6", 2);
    descriptor(326, "copy_file_range/6", 2);
    descriptor(77, "ftruncate/2", 0);
    descriptor(285, "fallocate/4", 0);
    descriptor(74, "fsync/1", 0);
    descriptor(75, "fdatasync/1", 0);
    descriptor(277, "sync_file_range/4", 0);
    descriptor(306, "syncfs/1", 0);
    descriptor(91, "chmod/2", 0);
    descriptor(93, "chown/3", 0);
    descriptor(190, "setxattr/5", 0);
    descriptor(199, "removexattr/2", 0);
    opens(2, 3, Condition.any(1, CHANGES, null), NO_DIRECTORY, 0);
    opens(257, 4, Condition.any(2, CHANGES, null), 0, 1);
    opens(85, 2, null, NO_DIRECTORY, 0);
    opens(OPENAT2, 4, null, 0, 1);
    paths(82, "rename/2", NO_DIRECTORY, 0, NO_DIRECTORY, 1);
    paths(264, "rename/4", 0, 1, 2, 3);
    paths(316, "rename/5", 0, 1, 2, 3);
    paths(86, "link/2", NO_DIRECTORY, 0, NO_DIRECTORY, 1);
    paths(265, "link/5", 0, 1, 2, 3);
    paths(88, "symlink/2", NO_DIRECTORY, 1);
    paths(266, "symlink/3", 1, 2);
    paths(87, "unlink/1", NO_DIRECTORY, 0);
    paths(263, "unlink/3", 0, 1);
    paths(84, "rmdir/1", NO_DIRECTORY, 0);
    paths(83, "mkdir/2", NO_DIRECTORY, 0);
    paths(258, "mkdir/3", 0, 1);
    paths(133, "mknod/3", NO_DIRECTORY, 0);
    paths(259, "mknod/4", 0, 1);
    paths(94, "chown/3", NO_DIRECTORY, 0);
    paths(260, "chown/5", 0, 1);
    paths(189, "setxattr/5", NO_DIRECTORY, 0);
    paths(198, "removexattr/2", NO_DIRECTORY, 0);
    followed(76, "truncate/2", NO_DIRECTORY, 0);
    followed(90, "chmod/2", NO_DIRECTORY, 0);
    followed(268, "chmod/3", 0, 1);
    followed(452, "chmod/4", 0, 1);
    followed(92, "chown/3", NO_DIRECTORY, 0);
    followed(188, "setxattr/5", NO_DIRECTORY, 0);
    followed(197, "removexattr/2", NO_DIRECTORY, 0);
    followed(463, "setxattr/6", 0, 1);
    followed(466, "removexattr/4", 0, 1);
    Condition shared = Condition.any(3, MAP_SHARED, null);
    put(9, "mmap/6", Target.DESCRIPTOR, -1, Condition.any(2, PROT_WRITE, shared), 4);
    Condition clones = new Condition(1, CLONES_BITS, CLONES, true, null);
    put(16, "clone/3", Target.DESCRIPTOR, -1, clones, 0);
    put(26, "msync/3", Target.MAPPING, -1, null, 0);
    put(49, "bind/3", Target.SOCKET, -1, null, 1);
    put(209, "io_submit/3", Target.REQUESTS, -1, null, 2);
    put(425, "io_uring_setup/2", Target.RING, -1, null);
    put(162, "sync/0", Target.ALL, -1, null);
  }

  private static void put(
      int number,
      String signature,
      Target target,
      int length,
      @Nullable Condition condition,
      Integer... arguments) {
    int slash = signature.indexOf('/');
    String name = signature.substring(0, slash);
    int count = Integer.parseInt(signature.substring(slash + 1));
    ALL.put(
        number, new FileCall(number, name, target, List.of(arguments), length, count, condition));
  }

  private static void writes(int number, String signature) {
    put(number, signature, Target.DESCRIPTOR, 2, null, 0);
  }

  private static void descriptor(int number, String signature, int argument) {
    put(number, signature, Target.DESCRIPTOR, -1, null, argument);
  }

  private static void opens(
      int number, int count, @Nullable Condition condition, int directory, int path) {
    put(number, "open/" + count, Target.FOLLOWED_PATH, -1, condition, directory, path);
  }

  private static void paths(int number, String signature, Integer... pairs) {
    put(number, signature, Target.PATHS, -1, null, pairs);
  }

  private static void followed(int number, String signature, int directory, int path) {
    put(number, signature, Target.FOLLOWED_PATH, -1, null, directory, path);
  }

  /** Returns whether it is openat2(2): no filter can see its flags. */
  public boolean hasFlagsInMemory() {
    return number == OPENAT2;
  }

  public static Collection<FileCall> all() {
    return ALL.values();
  }

  /** Returns the call, if it changes files; null if not. */
  public static @Nullable FileCall of(StoppedCall call) {
    FileCall known = call.isNative() ? ALL.get((int) call.number()) : null;
    return known == null || (known.condition != null && !known.condition.holds(call))
        ? null
        : known;
  }
}
