package io.github.subreaper.internal.linux.calls;

/** The error numbers that this project compares with; errno(3). */
public final class Errno {
  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int ENOEXEC = 8;
  public static final int EBADF = 9;
  public static final int ECHILD = 10;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EFAULT = 14;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int EINVAL = 22;
  public static final int ENFILE = 23;
  public static final int EMFILE = 24;
  public static final int ENOSPC = 28;
  public static final int ENOSYS = 38;
  public static final int EADDRINUSE = 98;

  private Errno() {}

  /** Returns the text of strerror(3), with the symbolic name where this class has it. */
  public static String describe(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM (operation not permitted)";
      case ENOENT -> "ENOENT (no such file or directory)";
      case ESRCH -> "ESRCH (no such process)";
      case ENXIO -> "ENXIO (no such device or address)";
      case ENOEXEC -> "ENOEXEC (exec format error)";
      case EBADF -> "EBADF (bad file descriptor)";
      case ECHILD -> "ECHILD (no child processes)";
      case EAGAIN -> "EAGAIN (resource temporarily unavailable)";
      case ENOMEM -> "ENOMEM (cannot allocate memory)";
      case EACCES -> "EACCES (permission denied)";
      case EINVAL -> "EINVAL (invalid argument)";
      case ENOSYS -> "ENOSYS (function not implemented)";
      case EIO -> "EIO (input/output error)";
      case 7 -> "E2BIG (argument list too long)";
      case 16 -> "EBUSY (device or resource busy)";
      case 17 -> "EEXIST (file exists)";
      case 20 -> "ENOTDIR (not a directory)";
      case 21 -> "EISDIR (is a directory)";
      case ENFILE -> "ENFILE (too many open files in the system)";
      case EMFILE -> "EMFILE (too many open files)";
      case 26 -> "ETXTBSY (text file busy)";
      case ENOSPC -> "ENOSPC (no space left on device)";
      case 30 -> "EROFS (read-only file system)";
      case 36 -> "ENAMETOOLONG (file name too long)";
      case 40 -> "ELOOP (too many symbolic links)";
      case EADDRINUSE -> "EADDRINUSE (address already in use)";
      case 99 -> "EADDRNOTAVAIL (cannot assign requested address)";
      case 110 -> "ETIMEDOUT (connection timed out)";
      case 111 -> "ECONNREFUSED (connection refused)";
      default -> "errno " + errno;
    };
  }
}
