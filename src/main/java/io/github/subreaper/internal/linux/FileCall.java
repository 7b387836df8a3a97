package io.github.subreaper.internal.linux;

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
 * @param condition when it changes files; null for always
 */
public record FileCall(
    int number,
    String name,
    Target target,
    List<Integer> arguments,
    int length,
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
    writes(1, "write", 2);
    writes(18, "pwrite", 2);
    descriptor(0, "writev", 20);
    descriptor(0, "pwritev", 296, 328);
    descriptor(0, "sendfile", 40);
    descriptor(2, "splice", 275);
    descriptor(2, "copy_file_range", 326);
    descriptor(0, "ftruncate", 77);
    descriptor(0, "fallocate", 285);
    descriptor(0, "fsync", 74);
    descriptor(0, "fdatasync", 75);
    descriptor(0, "sync_file_range", 277);
    descriptor(0, "syncfs", 306);
    descriptor(0, "chmod", 91);
    descriptor(0, "chown", 93);
    descriptor(0, "setxattr", 190);
    descriptor(0, "removexattr", 199);
    opens(2, Condition.any(1, CHANGES, null), NO_DIRECTORY, 0);
    opens(257, Condition.any(2, CHANGES, null), 0, 1);
    opens(85, null, NO_DIRECTORY, 0);
    opens(OPENAT2, null, 0, 1);
    paths("rename", 82, NO_DIRECTORY, 0, NO_DIRECTORY, 1);
    paths("rename", 264, 0, 1, 2, 3);
    paths("rename", 316, 0, 1, 2, 3);
    paths("link", 86, NO_DIRECTORY, 0, NO_DIRECTORY, 1);
    paths("link", 265, 0, 1, 2, 3);
    paths("symlink", 88, NO_DIRECTORY, 1);
    paths("symlink", 266, 1, 2);
    paths("unlink", 87, NO_DIRECTORY, 0);
    paths("unlink", 263, 0, 1);
    paths("rmdir", 84, NO_DIRECTORY, 0);
    paths("mkdir", 83, NO_DIRECTORY, 0);
    paths("mkdir", 258, 0, 1);
    paths("mknod", 133, NO_DIRECTORY, 0);
    paths("mknod", 259, 0, 1);
    paths("chown", 94, NO_DIRECTORY, 0);
    paths("chown", 260, 0, 1);
    paths("setxattr", 189, NO_DIRECTORY, 0);
    paths("removexattr", 198, NO_DIRECTORY, 0);
    followed("truncate", 76, NO_DIRECTORY, 0);
    followed("chmod", 90, NO_DIRECTORY, 0);
    followed("chmod", 268, 0, 1);
    followed("chmod", 452, 0, 1);
    followed("chown", 92, NO_DIRECTORY, 0);
    followed("setxattr", 188, NO_DIRECTORY, 0);
    followed("removexattr", 197, NO_DIRECTORY, 0);
    Condition shared = Condition.any(3, MAP_SHARED, null);
    put(9, "mmap", Target.DESCRIPTOR, -1, Condition.any(2, PROT_WRITE, shared), 4);
    Condition clones = new Condition(1, CLONES_BITS, CLONES, true, null);
    put(16, "clone", Target.DESCRIPTOR, -1, clones, 0);
    put(26, "msync", Target.MAPPING, -1, null, 0);
    put(49, "bind", Target.SOCKET, -1, null, 1);
    put(209, "io_submit", Target.REQUESTS, -1, null, 2);
    put(425, "io_uring_setup", Target.RING, -1, null);
    put(162, "sync", Target.ALL, -1, null);
  }

  private static void put(
      int number,
      String name,
      Target target,
      int length,
      @Nullable Condition condition,
      Integer... arguments) {
    ALL.put(number, new FileCall(number, name, target, List.of(arguments), length, condition));
  }

  private static void writes(int number, String name, int length) {
    put(number, name, Target.DESCRIPTOR, length, null, 0);
  }

  private static void descriptor(int argument, String name, int... numbers) {
    for (int number : numbers) {
      put(number, name, Target.DESCRIPTOR, -1, null, argument);
    }
  }

  private static void opens(int number, @Nullable Condition condition, int directory, int path) {
    put(number, "open", Target.FOLLOWED_PATH, -1, condition, directory, path);
  }

  private static void paths(String name, int number, Integer... pairs) {
    put(number, name, Target.PATHS, -1, null, pairs);
  }

  private static void followed(String name, int number, int directory, int path) {
    put(number, name, Target.FOLLOWED_PATH, -1, null, directory, path);
  }

  /** Returns whether it is openat2(2): no filter can see its flags. */
  public boolean hasFlagsInMemory() {
    return number == OPENAT2;
  }

  static Collection<FileCall> all() {
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
