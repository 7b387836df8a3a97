package io.github.subreaper.internal.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Binds the functions that no activation calls, at the first use of one of them. See {@link LibC}.
 */
final class LateLibC {
  static {
    Native.register(LateLibC.class, NativeLibrary.getInstance(null));
  }

  private LateLibC() {}

  static native int ptrace(int request, int pid, @Nullable Pointer address, @Nullable Pointer data);

  static native int process_vm_readv(
      int pid, Pointer local, int count, Pointer remote, int remoteCount, int flags);

  static native int process_vm_writev(
      int pid, Pointer local, int count, Pointer remote, int remoteCount, int flags);

  static native int setpriority(int which, int who, int value);

  static native int fallocate(int fd, int mode, NativeLong offset, NativeLong length);

  static native int socket(int domain, int type, int protocol);

  static native int bind(int fd, Pointer address, int length);

  static native int listen(int fd, int backlog);

  static native int getsockname(int fd, Pointer address, Pointer length);

  static native int pipe2(int[] fds, int flags);

  static native int fcntl(int fd, int command, int argument);

  static native int setsockopt(int fd, int level, int option, Pointer value, int length);

  static native int recvmsg(int fd, Pointer header, int flags);

  static native int shutdown(int fd, int how);
}
