package io.github.subreaper.internal.engine.crash;

import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.ptrace.FileCall;
import io.github.subreaper.internal.linux.ptrace.FileCall.Target;
import io.github.subreaper.internal.linux.ptrace.StoppedCall;
import io.github.subreaper.internal.linux.ptrace.TracedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds out which files below a directory a call is about to change. For the tracing thread. */
final class ChangedFiles {
  private static final int AT_FDCWD = -100;
  private static final int AF_UNIX = 1;
  private static final int MOST_ADDRESS_BYTES = 110;

  private static final int MOST_REQUESTS = 1024;

  // struct iocb: aio_fildes
  private static final int FILE_OF_REQUEST = 20;

  private static final int CREATES_OR_TRUNCATES = 01100;
  private static final String OWN_PROC = "/proc/self/";

  private final Kernel kernel;
  private final Descriptors descriptors;
  private final String directory;
  private int unknown;

  /**
   * @param directory its real path
   */
  ChangedFiles(Kernel kernel, Path directory) {
    this.kernel = kernel;
    this.descriptors = kernel.descriptors();
    this.directory = directory.toString();
  }

  /** Returns of how many calls it could not be found out. */
  int unknown() {
    return unknown;
  }

  /**
   * Returns the path relative to the directory, or two with an arrow; null if the call changes
   * nothing below it.
   */
  @Nullable String of(int tid, FileCall its, StoppedCall call, TracedMemory memory) {
    Target target = its.target();
    if (target == Target.PATHS || target == Target.FOLLOWED_PATH) {
      return paths(tid, its, call, memory);
    } else if (target == Target.DESCRIPTOR) {
      return below(opened(tid, (int) first(its, call)));
    } else if (target == Target.SOCKET) {
      return below(socket(tid, call, memory));
    } else if (target == Target.MAPPING) {
      return below(memory.mappedFile(tid, first(its, call)));
    } else if (target == Target.REQUESTS) {
      return requested(tid, call, memory);
    }
    return target == Target.ALL ? "." : null;
  }

  /** Returns whether a process has a mapping whose stores change a file below the directory. */
  boolean areStoredTo(int pid, TracedMemory memory) {
    return memory.storedFiles(pid).stream().anyMatch(path -> below(path) != null);
  }

  private static long first(FileCall its, StoppedCall call) {
    return call.argument(its.arguments().get(0));
  }

  /** Returns what a descriptor refers to; null if it is none. */
  private @Nullable String opened(int tid, int descriptor) {
    String target = descriptor < 0 ? null : descriptors.target(tid, descriptor);
    if (target == null && descriptor >= 0 && !descriptors.areReadable(tid)) {
      unknown++;
    }
    return target;
  }

  private @Nullable String paths(int tid, FileCall its, StoppedCall call, TracedMemory memory) {
    List<String> all =
        its.hasFlagsInMemory() && !changes(tid, call, memory)
            ? null
            : named(tid, its, call, memory);
    if (all == null || all.stream().allMatch(path -> below(path) == null)) {
      return null;
    }
    return all.stream()
        .map(path -> Objects.requireNonNullElseGet(below(path), () -> outside(path)))
        .collect(Collectors.joining(" -> "));
  }

  /** Returns the absolute paths of a call that names files by paths; null if they are unknown. */
  @Nullable List<String> named(int tid, FileCall its, StoppedCall call, TracedMemory memory) {
    if (its.target() == Target.SOCKET) {
      String path = socket(tid, call, memory);
      return path == null ? null : List.of(path);
    }
    List<String> all = new ArrayList<>();
    for (int i = 0; i < its.arguments().size(); i += 2) {
      int base = its.arguments().get(i);
      String text = memory.text(tid, call.argument(its.arguments().get(i + 1)));
      int descriptor = base == FileCall.NO_DIRECTORY ? AT_FDCWD : (int) call.argument(base);
      String path = text == null ? null : absolute(tid, descriptor, text);
      if (path == null) {
        unknown++; // or the call is about to fail
        return null;
      }
      all.add(real(path, its.target() == Target.FOLLOWED_PATH));
    }
    return all;
  }

  /** Reads struct open_how of openat2(2). */
  private static boolean changes(int tid, StoppedCall call, TracedMemory memory) {
    byte[] flags = memory.read(tid, call.argument(2), 8);
    return flags == null || (number(flags, 0) & CREATES_OR_TRUNCATES) != 0;
  }

  private static int number(byte[] bytes, int offset) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
  }

  private @Nullable String absolute(int tid, int descriptor, String path) {
    if (path.startsWith(OWN_PROC)) { // which would be this JVM's
      return "/proc/" + tid + "/" + path.substring(OWN_PROC.length());
    }
    if (path.startsWith("/")) {
      String root = kernel.procfs.root(tid);
      return root == null || root.equals("/") ? path : root + path;
    }
    String base =
        descriptor == AT_FDCWD ? kernel.procfs.workingDirectory(tid) : opened(tid, descriptor);
    return base == null ? null : path.isEmpty() ? base : base + "/" + path;
  }

  /** Resolves symbolic links in the path, and at its end only if they are followed. */
  private static String real(String text, boolean follow) {
    try {
      Path path = Path.of(text);
      Path name = path.getFileName();
      Path parent = path.getParent();
      String last = name == null ? "" : name.toString();
      if (follow || parent == null || last.equals(".") || last.equals("..")) {
        try {
          return path.toRealPath().toString();
        } catch (IOException e) { // it is about to be made
          if (parent == null || last.equals("..")) {
            return path.normalize().toString();
          }
        }
      }
      try {
        return parent.toRealPath().resolve(last).toString();
      } catch (IOException e) { // the call is about to fail
        return path.normalize().toString();
      }
    } catch (InvalidPathException e) {
      return text;
    }
  }

  private @Nullable String socket(int tid, StoppedCall call, TracedMemory memory) {
    int bytes = (int) Math.min(MOST_ADDRESS_BYTES, call.argument(2));
    byte[] address = bytes < 3 ? null : memory.read(tid, call.argument(1), bytes);
    if (address == null || address[0] != AF_UNIX || address[1] != 0 || address[2] == 0) {
      return null; // without a file
    }
    int end = 2;
    while (end < address.length && address[end] != 0) {
      end++;
    }
    String path = absolute(tid, AT_FDCWD, new String(address, 2, end - 2, NativeStrings.CHARSET));
    return path == null ? null : real(path, false);
  }

  /** Returns the first file below the directory that a request of io_submit(2) names. */
  private @Nullable String requested(int tid, StoppedCall call, TracedMemory memory) {
    for (int i = 0; i < Math.min(MOST_REQUESTS, call.argument(1)); i++) {
      byte[] pointer = memory.read(tid, call.argument(2) + 8L * i, 8);
      byte[] request =
          pointer == null
              ? null
              : memory.read(
                  tid,
                  ByteBuffer.wrap(pointer).order(ByteOrder.LITTLE_ENDIAN).getLong(),
                  FILE_OF_REQUEST + 4);
      String below = request == null ? null : below(opened(tid, number(request, FILE_OF_REQUEST)));
      if (below != null) {
        return below;
      }
    }
    return null;
  }

  /** Returns a name that is the same in each copy of the directory. */
  private String outside(String path) {
    String parent = directory.substring(0, directory.lastIndexOf('/') + 1);
    return path.startsWith(parent) ? "../" + path.substring(parent.length()) : path;
  }

  private @Nullable String below(@Nullable String path) {
    if (path == null) {
      return null;
    }
    String its =
        path.endsWith(Points.DELETED)
            ? path.substring(0, path.length() - Points.DELETED.length())
            : path;
    if (its.equals(directory)) {
      return ".";
    }
    return its.startsWith(directory + "/") ? its.substring(directory.length() + 1) : null;
  }
}
