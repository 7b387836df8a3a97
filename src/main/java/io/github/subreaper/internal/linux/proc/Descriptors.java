package io.github.subreaper.internal.linux.proc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The open descriptors of a process, {@code /proc/<pid>/fd}. */
public class Descriptors {
  private static final byte[] FLAGS = "flags:".getBytes(StandardCharsets.US_ASCII);
  private static final int ACCESS_MODE = 3;
  private static final int WRITE_ONLY = 1;

  public Descriptors() {}

  /** Returns the numbers of those that are open; none if they may not be listed. */
  public List<Integer> open(int pid) {
    return Procfs.numbers(Path.of("/proc/" + Procfs.name(pid) + "/fd"));
  }

  /**
   * Returns whether this process may read the descriptors of a process: not of another user's, nor
   * of programs that are not dumpable. Root without CAP_SYS_PTRACE, as in containers, may list them
   * and read none.
   */
  public boolean areReadable(int pid) {
    Path directory = Path.of("/proc/" + Procfs.name(pid) + "/fd");
    List<Integer> fds = Procfs.numbers(directory);
    return fds.isEmpty()
        ? Files.isReadable(directory)
        : !fds.stream().allMatch(fd -> isClosedToUs(directory.resolve(fd.toString())));
  }

  private static boolean isClosedToUs(Path link) {
    try {
      Files.readSymbolicLink(link);
      return false;
    } catch (AccessDeniedException e) {
      return true;
    } catch (IOException | RuntimeException e) {
      return false; // it is gone
    }
  }

  /** Returns what a descriptor refers to, such as {@code /dev/null} or {@code socket:[123]}. */
  public @Nullable String target(int pid, int fd) {
    return Procfs.link("/proc/" + Procfs.name(pid) + "/fd/" + fd);
  }

  /**
   * Returns the paths that a process has open for writing only, proc_pid_fdinfo(5), as logs are.
   */
  public List<String> onlyWritten(int pid) {
    List<String> files = new ArrayList<>();
    for (int fd : open(pid)) {
      String target = target(pid, fd);
      byte[] info = Procfs.read("/proc/" + Procfs.name(pid) + "/fdinfo/" + fd);
      if (target != null && target.startsWith("/") && info != null && isOnlyWritten(info)) {
        files.add(target);
      }
    }
    return files;
  }

  private static boolean isOnlyWritten(byte[] info) {
    return (flags(info) & ACCESS_MODE) == WRITE_ONLY;
  }

  /** Returns what open(2) was given, O_*; 0 if that is unknown. */
  public int flags(int pid, int fd) {
    byte[] info = Procfs.read("/proc/" + Procfs.name(pid) + "/fdinfo/" + fd);
    return info == null ? 0 : flags(info);
  }

  private static int flags(byte[] info) {
    int flags = 0;
    for (int i = Reading.afterHeading(info, info.length, FLAGS);
        i < info.length && info[i] != '\n';
        i++) {
      flags = info[i] >= '0' ? flags * 8 + info[i] - '0' : flags; // octal
    }
    return flags;
  }
}
