package io.github.subreaper.internal.linux.calls;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Binds the functions that no activation calls, at the first use of one of them. See {@link LibC}.
 */
public final class LateLibC {
  static {
    Native.register(LateLibC.class, NativeLibrary.getInstance(null));
  }

  private LateLibC() {}

  public static native int ptrace(
      int request, int pid, @Nullable Pointer address, @Nullable Pointer data);

  public static native int process_vm_readv(
      int pid, Pointer local, int count, Pointer remote, int remoteCount, int flags);

  public static native int process_vm_writev(
      int pid, Pointer local, int count, Pointer remote, int remoteCount, int flags);

  public static native int setpriority(int which, int who, int value);

  public static native int fallocate(int fd, int mode, NativeLong offset, NativeLong length);

  public static native int socket(int domain, int type, int protocol);

  public static native int bind(int fd, Pointer address, int length);

  public static native int listen(int fd, int backlog);

  public static native int getsockname(int fd, Pointer address, Pointer length);

  public static native int pipe2(int[] fds, int flags);

  public static native int fcntl(int fd, int command, int argument);

  public static native int setsockopt(int fd, int level, int option, Pointer value, int length);

  public static native int recvmsg(int fd, Pointer header, int flags);

  public static native int shutdown(int fd, int how);
}
