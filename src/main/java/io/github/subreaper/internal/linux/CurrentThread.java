package io.github.subreaper.internal.linux;

/** The kernel's id of a thread. */
public final class CurrentThread {
  private CurrentThread() {}

  /**
   * Returns the tid of the calling thread (for a virtual thread that of its present carrier), from
   * {@code /proc/thread-self} (Linux 3.17): the number of gettid(2) differs between architectures,
   * and its wrapper is younger than some C libraries.
   */
  public static int id() {
    String link = Procfs.link("/proc/thread-self");
    if (link == null) {
      throw new LinuxException("readlink(/proc/thread-self)", Errno.ENOENT);
    }
    return Integer.parseInt(link.substring(link.lastIndexOf('/') + 1));
  }
}
