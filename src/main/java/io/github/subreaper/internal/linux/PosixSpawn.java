package io.github.subreaper.internal.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import io.github.subreaper.internal.linux.calls.Block;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.files.PassedDescriptors;
import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts programs by posix_spawn(3): a child that the JDK does not know, with three streams, the
 * descriptors that it is passed and no other, and with no signal blocked. Signals that this JVM
 * catches get their default by the exec. Signals that it was set to ignore (nohup) stay ignored, as
 * for children of {@link ProcessBuilder}.
 */
public class PosixSpawn {
  private static final short POSIX_SPAWN_SETPGROUP = 0x02;
  private static final short POSIX_SPAWN_SETSIGDEF = 0x04;
  private static final short POSIX_SPAWN_SETSIGMASK = 0x08;
  private static final short POSIX_SPAWN_SETSID = 0x80;
  private static final int FIRST_FREE_FD = 3;

  /**
   * The signals that terminals send: SIGHUP, SIGINT, SIGQUIT, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU. A
   * program on a terminal does not find them ignored, though this JVM may have been set to ignore
   * them (nohup).
   */
  private static final long OF_TERMINALS =
      1L | 1L << 1 | 1L << 2 | 1L << 17 | 1L << 19 | 1L << 20 | 1L << 21;

  private static final PassedDescriptors NO_DESCRIPTORS = new PassedDescriptors(FIRST_FREE_FD);

  // larger than those of glibc and musl, which are 80 and 336
  private static final int FILE_ACTIONS_SIZE = 512;
  private static final int ATTRIBUTES_SIZE = 1024;
  private static final int SIGSET_SIZE = 128;

  private static final boolean CLOSEFROM = has("posix_spawn_file_actions_addclosefrom_np");
  private static final boolean CHDIR = has("posix_spawn_file_actions_addchdir_np");

  final Emulation emulation;

  public PosixSpawn(Emulation emulation) {
    this.emulation = emulation;
  }

  /**
   * What to run.
   *
   * @param directory null for this JVM's
   * @param gate a FIFO; the child blocks before its exec until the FIFO is opened for writing. Null
   *     for none: the child is not held, and opens stdin for both, so that a FIFO never blocks it
   * @param leads what it leads from its first instruction on
   * @param planted what else the child finds; null for nothing
   * @param passed which descriptors of this JVM it gets, closed by the call; null for none
   */
  public record Request(
      Path file,
      List<byte[]> arguments,
      List<byte[]> environment,
      Streams streams,
      @Nullable Path directory,
      @Nullable Path gate,
      Leads leads,
      @Nullable Planted planted,
      @Nullable PassedDescriptors passed) {

    /** Requests a child in this JVM's directory and process group, behind no gate. */
    public Request(Path file, List<byte[]> arguments, List<byte[]> environment, Streams streams) {
      this(file, arguments, environment, streams, null, null, Leads.NOTHING, null, null);
    }

    public Request in(@Nullable Path workingDirectory) {
      return new Request(
          file, arguments, environment, streams, workingDirectory, gate, leads, planted, passed);
    }

    public Request behind(@Nullable Path fifo) {
      return new Request(
          file, arguments, environment, streams, directory, fifo, leads, planted, passed);
    }

    public Request leading(Leads what) {
      return new Request(
          file, arguments, environment, streams, directory, gate, what, planted, passed);
    }

    public Request with(@Nullable Planted found) {
      return new Request(
          file, arguments, environment, streams, directory, gate, leads, found, passed);
    }

    public Request passing(@Nullable PassedDescriptors descriptors) {
      return new Request(
          file, arguments, environment, streams, directory, gate, leads, planted, descriptors);
    }
  }

  /**
   * What a child leads: nothing, so that it is in this JVM's process group; setpgid(2), setsid(2).
   */
  public enum Leads {
    NOTHING(0),
    GROUP(POSIX_SPAWN_SETPGROUP),
    /** glibc 2.26, musl 1.1.22. */
    SESSION(POSIX_SPAWN_SETSID);

    private final int flag;

    Leads(int flag) {
      this.flag = flag;
    }
  }

  /**
   * The files that the child opens as its standard streams.
   *
   * @param stdin null if it is passed one
   * @param stdout null if it is the same as stdin, which then is a terminal: it becomes the
   *     controlling one of a child that leads a session
   * @param stderr null if it is the same as stdout
   */
  public record Streams(@Nullable Path stdin, @Nullable Path stdout, @Nullable Path stderr) {
    private static final Path NULL = Path.of("/dev/null");

    /** Nothing to read, and nothing that is written is kept; null(4). */
    public static final Streams NONE = reading(NULL);

    /** Reads a file, and keeps nothing that is written. */
    public static Streams reading(Path stdin) {
      return new Streams(stdin, NULL, NULL);
    }
  }

  /** A descriptor that the child finds open for reading, and a signal that it finds blocked. */
  public record Planted(int descriptor, Path file, int blockedSignal) {}

  /** The pid; or 0 and the errno of what failed: fork, a stream, the directory, or exec itself. */
  public record Result(int pid, int errno) {}

  /** Returns whether the C library can close all descriptors by one action (glibc 2.34). */
  public boolean hasCloseFrom() {
    return CLOSEFROM;
  }

  /**
   * Returns whether the C library can start a program in another directory (glibc 2.29, musl
   * 1.1.24).
   */
  public boolean hasChdir() {
    return CHDIR;
  }

  /** Returns whether a child can lead a process group: a sandbox may deny setpgid(2). */
  public boolean hasGroups() {
    // The kernel refuses a negative group as the first thing that it looks at.
    return LibC.setpgid(0, -1) != 0 && Native.getLastError() == Errno.EINVAL;
  }

  /**
   * Returns the environment of this process, which children may get, {@code name=value} each, byte
   * for byte; environ(7).
   */
  public List<byte[]> environment() {
    Pointer entries =
        NativeLibrary.getInstance(null).getGlobalVariableAddress("environ").getPointer(0);
    List<byte[]> result = new ArrayList<>();
    if (entries != null) {
      for (Pointer entry : entries.getPointerArray(0)) {
        result.add(entry.getByteArray(0, (int) entry.indexOf(0, (byte) 0)));
      }
    }
    return result;
  }

  private static boolean has(String function) {
    try {
      NativeLibrary.getInstance(null).getFunction(function);
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  /** Starts a program. Returns when the child has exec'd, or has failed to and is gone. */
  public Result spawn(Request request) {
    return spawn(request, CLOSEFROM);
  }

  /** Does the same, and closes descriptors by one action for all or by one for each. */
  Result spawn(Request request, boolean closeFrom) {
    PassedDescriptors passed = request.passed();
    if (passed == null) {
      return spawnWith(request, NO_DESCRIPTORS, closeFrom);
    }
    if (!passed.lend()) {
      return new Result(0, Errno.EBADF); // the launch was given up before its thread came to it
    }
    try {
      return spawnWith(request, passed, closeFrom);
    } finally {
      passed.giveBack();
    }
  }

  private Result spawnWith(Request request, PassedDescriptors passed, boolean closeFrom) {
    int free = passed.firstFree();
    try (Block actions = new Block(FILE_ACTIONS_SIZE);
        Block attributes = new Block(ATTRIBUTES_SIZE);
        Block sigset = new Block(SIGSET_SIZE);
        Block argv = NativeStrings.array(request.arguments());
        Block envp = NativeStrings.array(request.environment())) {
      check("posix_spawn_file_actions_init", Calls.posix_spawn_file_actions_init(actions));
      try {
        check("posix_spawnattr_init", Calls.posix_spawnattr_init(attributes));
        try {
          for (PassedDescriptors.As one : passed.all()) {
            duplicate(actions, one.descriptor(), one.number());
          }
          // The rest may block, while other processes wait for these to be closed.
          closeAllElse(actions, free, closeFrom);
          Path gate = request.gate();
          Streams streams = request.streams();
          Path stdout = streams.stdout();
          boolean terminal = stdout == null;
          if (gate != null) {
            open(actions, free, gate, LibC.O_RDONLY);
          } else if (streams.stdin() != null) {
            // so a FIFO has a writer, even if this JVM is killed before it opens it
            open(actions, free, streams.stdin(), LibC.O_RDWR);
          }
          if (streams.stdin() != null) {
            // Without O_NOCTTY, and for reading, which makes a terminal the controlling one.
            open(actions, 0, streams.stdin(), terminal ? LibC.O_RDWR : LibC.O_RDONLY);
          }
          if (stdout == null) {
            duplicate(actions, 0, 1);
          } else {
            open(actions, 1, stdout, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_APPEND);
          }
          if (streams.stderr() != null) {
            open(actions, 2, streams.stderr(), LibC.O_WRONLY | LibC.O_CREAT | LibC.O_APPEND);
          } else {
            duplicate(actions, 1, 2);
          }
          check(
              "posix_spawn_file_actions_addclose",
              Calls.posix_spawn_file_actions_addclose(actions, free));
          Planted planted = request.planted();
          if (planted != null) {
            open(actions, planted.descriptor(), planted.file(), LibC.O_RDONLY);
          }
          Path directory = request.directory();
          if (directory != null) {
            check(
                "posix_spawn_file_actions_addchdir_np",
                ChdirCall.posix_spawn_file_actions_addchdir_np(
                    actions, LibC.cString(directory.toString())));
          }
          sigset.clear();
          if (planted != null) {
            sigset.setLong(0, 1L << (planted.blockedSignal() - 1));
          }
          check("posix_spawnattr_setsigmask", Calls.posix_spawnattr_setsigmask(attributes, sigset));
          int attributeFlags = POSIX_SPAWN_SETSIGMASK;
          attributeFlags |= request.leads().flag;
          if (terminal) {
            attributeFlags |= POSIX_SPAWN_SETSIGDEF;
            sigset.clear();
            sigset.setLong(0, OF_TERMINALS);
            check(
                "posix_spawnattr_setsigdefault",
                Calls.posix_spawnattr_setsigdefault(attributes, sigset));
          }
          check(
              "posix_spawnattr_setflags",
              Calls.posix_spawnattr_setflags(attributes, (short) attributeFlags));
          IntByReference pid = new IntByReference();
          int errno =
              Calls.posix_spawn(
                  pid, LibC.cString(request.file().toString()), actions, attributes, argv, envp);
          if (errno == 0 && emulation.isPresent()) {
            return emulation.awaitExec(pid.getValue(), request.file());
          }
          return errno == 0 ? new Result(pid.getValue(), 0) : new Result(0, errno);
        } finally {
          Calls.posix_spawnattr_destroy(attributes);
        }
      } finally {
        Calls.posix_spawn_file_actions_destroy(actions);
      }
    }
  }

  private static void open(Pointer actions, int fd, Path path, int flags) {
    check(
        "posix_spawn_file_actions_addopen",
        Calls.posix_spawn_file_actions_addopen(
            actions, fd, LibC.cString(path.toString()), flags, 0600));
  }

  private static void duplicate(Pointer actions, int fd, int number) {
    check(
        "posix_spawn_file_actions_adddup2",
        Calls.posix_spawn_file_actions_adddup2(actions, fd, number));
  }

  private void closeAllElse(Pointer actions, int first, boolean closeFrom) {
    if (closeFrom) {
      check(
          "posix_spawn_file_actions_addclosefrom_np",
          CloseFromCall.posix_spawn_file_actions_addclosefrom_np(actions, first));
      return;
    }
    // Other threads may open more meanwhile: some room above the highest that is open now.
    int highest =
        new Descriptors().open(Procfs.SELF).stream().mapToInt(fd -> fd).max().orElse(2) + 256;
    for (int fd = first; fd <= highest; fd++) {
      int errno = Calls.posix_spawn_file_actions_addclose(actions, fd);
      if (errno == Errno.EBADF) {
        return; // above the limit of descriptors (RLIMIT_NOFILE), so there are no more
      }
      check("posix_spawn_file_actions_addclose", errno);
    }
  }

  private static void check(String call, int errno) {
    if (errno != 0) {
      throw new LinuxException(call, errno);
    }
  }

  private static final class Calls {
    static {
      Native.register(Calls.class, NativeLibrary.getInstance(null));
    }

    static native int posix_spawn_file_actions_init(Pointer actions);

    static native int posix_spawn_file_actions_destroy(Pointer actions);

    static native int posix_spawn_file_actions_addopen(
        Pointer actions, int fd, byte[] path, int flags, int mode);

    static native int posix_spawn_file_actions_addclose(Pointer actions, int fd);

    static native int posix_spawn_file_actions_adddup2(Pointer actions, int fd, int newFd);

    static native int posix_spawnattr_init(Pointer attributes);

    static native int posix_spawnattr_destroy(Pointer attributes);

    static native int posix_spawnattr_setflags(Pointer attributes, short flags);

    static native int posix_spawnattr_setsigdefault(Pointer attributes, Pointer set);

    static native int posix_spawnattr_setsigmask(Pointer attributes, Pointer set);

    static native int posix_spawn(
        IntByReference pid,
        byte[] path,
        Pointer actions,
        Pointer attributes,
        Pointer argv,
        Pointer envp);
  }

  private static final class CloseFromCall {
    static {
      Native.register(CloseFromCall.class, NativeLibrary.getInstance(null));
    }

    static native int posix_spawn_file_actions_addclosefrom_np(Pointer actions, int from);
  }

  private static final class ChdirCall {
    static {
      Native.register(ChdirCall.class, NativeLibrary.getInstance(null));
    }

    static native int posix_spawn_file_actions_addchdir_np(Pointer actions, byte[] path);
  }
}
