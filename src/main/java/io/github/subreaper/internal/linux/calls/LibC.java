package io.github.subreaper.internal.linux.calls;

import com.sun.jna.FunctionMapper;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.lang.reflect.Method;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Binds functions that every C library of Linux has, and that an activation calls: each takes 0.3
 * ms to bind. {@link LateLibC} has the others. Errors are read with {@link Native#getLastError()},
 * which JNA saves for the calling thread.
 *
 * <p>A size or result that is never large is an int here, which is widened for the call: a {@link
 * NativeLong} costs as much as a short system call.
 */
public final class LibC {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_NONBLOCK = 04000;
  public static final int O_CREAT = 0100;
  public static final int O_APPEND = 02000;
  public static final int O_CLOEXEC = 02000000;

  static {
    Native.register(
        LibC.class,
        Native.POINTER_SIZE == 8
            ? NativeLibrary.getInstance(null)
            : NativeLibrary.getInstance(
                null, Map.of(Library.OPTION_FUNCTION_MAPPER, (FunctionMapper) LibC::nameOn32Bits)));
  }

  private LibC() {}

  /** On 32 bits glibc's prlimit(2) takes 32-bit limits, and prlimit64 takes 64-bit ones. */
  private static String nameOn32Bits(NativeLibrary library, Method method) {
    if (method.getName().equals("prlimit")) {
      try {
        return library.getFunction("prlimit64").getName();
      } catch (UnsatisfiedLinkError e) {
        return "prlimit"; // musl: 64 bits everywhere, and since 1.2.4 under this name only
      }
    }
    return method.getName();
  }

  static native int prctl(int option, int a, int b, int c, int d);

  static native int prctl(int option, Pointer a, int b, int c, int d);

  public static native int waitid(int type, int id, Pointer siginfo, int options);

  public static native int wait4(int pid, Pointer status, int options, Pointer rusage);

  static native int kill(int pid, int signal);

  public static native int getsid(int pid);

  public static native int getpgid(int pid);

  public static native int setpgid(int pid, int group);

  /** Both limits have 64 bits. */
  public static native int prlimit(
      int pid, int resource, @Nullable Pointer newLimit, @Nullable Pointer oldLimit);

  public static native int open(byte[] path, int flags, int mode);

  public static native int open(Pointer path, int flags, int mode);

  public static native int read(int fd, Pointer buffer, int count);

  public static native int write(int fd, Pointer buffer, int count);

  public static native int pread(int fd, Pointer buffer, int count, int offset);

  public static native int readlink(Pointer path, Pointer buffer, int size);

  public static native int close(int fd);

  public static native int mkfifo(byte[] path, int mode);

  public static native int poll(Pointer fds, int count, int timeoutMillis);

  public static native int epoll_create1(int flags);

  public static native int epoll_ctl(int fd, int operation, int target, Pointer event);

  public static native int epoll_wait(int fd, Pointer events, int count, int timeoutMillis);

  public static native int eventfd(int value, int flags);

  public static native int inotify_init1(int flags);

  public static native int inotify_add_watch(int fd, byte[] path, int mask);

  public static native int ioctl(int fd, int request, Pointer argument);

  public static native int syscall(int number, int a, int b, int c, int d);

  public static native int syscall(int number, int a, Pointer b, int c);

  public static native int sysconf(int name);

  static native int clock_gettime(int clock, Pointer time);

  public static int failed(String call) {
    throw new LinuxException(call, Native.getLastError());
  }

  /** Returns a C string in the platform's file name encoding. */
  public static byte[] cString(String text) {
    byte[] bytes = text.getBytes(NativeStrings.CHARSET);
    byte[] terminated = new byte[bytes.length + 1];
    System.arraycopy(bytes, 0, terminated, 0, bytes.length);
    return terminated;
  }
}
