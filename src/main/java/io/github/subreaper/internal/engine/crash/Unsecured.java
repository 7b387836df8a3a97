package io.github.subreaper.internal.engine.crash;

import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.ptrace.FileCall;
import io.github.subreaper.internal.linux.ptrace.FileCall.Target;
import io.github.subreaper.internal.linux.ptrace.StoppedCall;
import io.github.subreaper.internal.linux.ptrace.TracedMemory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What no sync has secured of the files and directories below a directory: fsync(2) secures a
 * file's contents, or a directory's names, and nothing else. A call counts from its entry, so more
 * may count as secured than is, never less: a power cut may keep anything.
 *
 * <p>For the tracing thread; once all processes are gone, for {@link PowerCut}.
 */
final class Unsecured {
  private static final int CREATES = 0100;
  private static final int TRUNCATES = 01000;
  private static final int O_DSYNC = 010000;
  private static final int MS_SYNC = 4;

  private static final int CREAT = 85;
  private static final int OPEN = 2;
  private static final int OPENAT = 257;

  private static final int PWRITEV2 = 328;

  /** RWF_DSYNC or RWF_SYNC. */
  private static final int SYNCED_WRITE = 6;

  private final Descriptors descriptors;
  private final ChangedFiles files;
  private final Path root;
  private final Path aside;

  /** By file: a copy of the contents that are secured. */
  private final Map<Object, Path> contents = new HashMap<>();

  /** By directory: which names of which files are secured. */
  private final Map<Object, SortedMap<Path, Object>> names = new HashMap<>();

  private final Map<Object, KeptFile> kept = new HashMap<>();

  /** Those whose contents may change without a call. */
  private final Set<Object> mapped = new HashSet<>();

  /** By thread: the file that its write changes and secures. */
  private final Map<Integer, Object> securing = new HashMap<>();

  private int copies;
  private int failures;

  /**
   * @param root real path of the directory
   * @param aside of the same file system, for copies
   */
  Unsecured(Descriptors descriptors, ChangedFiles files, Path root, Path aside) {
    this.descriptors = descriptors;
    this.files = files;
    this.root = root;
    this.aside = aside;
  }

  boolean hasContents() {
    return !contents.isEmpty();
  }

  boolean hasNames() {
    return !names.isEmpty();
  }

  /** Returns of how many files the contents could not be saved. */
  int failures() {
    return failures;
  }

  @Nullable Path contents(Object file) {
    return contents.get(file);
  }

  /** Returns the files whose contents are not secured. */
  Set<Object> files() {
    return contents.keySet();
  }

  @Nullable SortedMap<Path, Object> names(Object directory) {
    return names.get(directory);
  }

  @Nullable KeptFile kept(Object file) {
    return kept.get(file);
  }

  static @Nullable BasicFileAttributes attributes(Path file, LinkOption... options) {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, options);
    } catch (IOException e) { // it is gone, or not there yet
      return null;
    }
  }

  static SortedMap<Path, Object> list(Path directory) throws IOException {
    SortedMap<Path, Object> all = new TreeMap<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      for (Path one : stream) {
        BasicFileAttributes its = attributes(one, LinkOption.NOFOLLOW_LINKS);
        if (its != null) {
          all.put(one.getFileName(), its.fileKey());
        }
      }
    }
    return all;
  }

  /**
   * A thread is about to make a call.
   *
   * @param isBelow whether that is a point
   */
  void before(int tid, FileCall its, StoppedCall call, TracedMemory memory, boolean isBelow) {
    returned(tid);
    Target target = its.target();
    if (target == Target.DESCRIPTOR) {
      descriptor(tid, its, call, isBelow);
    } else if (target == Target.MAPPING) {
      if ((call.argument(2) & MS_SYNC) != 0) {
        synced(memory.mappedFile(tid, call.argument(0)));
      }
    } else if (target == Target.ALL) {
      secureAll();
    } else if (isBelow && target != Target.REQUESTS) { // with which no power is cut
      List<String> paths = files.named(tid, its, call, memory);
      if (paths != null) {
        paths(paths, its, call);
      }
    }
  }

  /** The program begins: all that is there is secured. */
  void open() {
    try {
      Files.createDirectory(aside);
    } catch (IOException e) {
      failures++;
    }
  }

  private void descriptor(int tid, FileCall its, StoppedCall call, boolean isBelow) {
    int number = (int) call.argument(its.arguments().get(0));
    Path file = Path.of("/proc/" + tid + "/fd/" + number);
    BasicFileAttributes attributes = number < 0 ? null : attributes(file);
    if (attributes == null) {
      return; // the call is about to fail
    }
    Object key = attributes.fileKey();
    boolean isOurs = attributes.isRegularFile() && (isBelow || isKnown(key));
    switch (its.name()) {
      case "fsync", "fdatasync" -> {
        secure(key);
        names.remove(key);
      }
      case "syncfs" -> secureAll();
      case "sync_file_range", "chmod", "chown", "setxattr", "removexattr" -> {}
      case "mmap" -> {
        if (isOurs && keep(file, attributes)) {
          written(key, file);
          mapped.add(key);
        }
      }
      default -> {
        if (isOurs && isSynced(tid, number, its, call)) {
          securing.put(tid, key);
          forget(key);
        } else if (isOurs) {
          written(key, file);
        }
      }
    }
  }

  private boolean isKnown(Object key) {
    return contents.containsKey(key) || mapped.contains(key) || kept.containsKey(key);
  }

  private boolean isSynced(int tid, int number, FileCall its, StoppedCall call) {
    return (descriptors.flags(tid, number) & O_DSYNC) != 0
        || (its.number() == PWRITEV2 && (call.argument(5) & SYNCED_WRITE) != 0);
  }

  private void paths(List<String> names, FileCall its, StoppedCall call) {
    List<Path> paths = names.stream().map(Path::of).toList();
    Path last = paths.get(paths.size() - 1);
    switch (its.name()) {
      case "open" -> opened(last, its, call);
      case "truncate" -> written(last);
      case "link", "symlink", "mkdir", "mknod", "bind" -> renames(last);
      case "unlink", "rmdir" -> {
        renames(last);
        keep(last);
      }
      case "rename" -> {
        paths.forEach(this::renames);
        keep(last);
        if (!last.startsWith(root)) {
          keep(paths.get(0));
        }
      }
      default -> {} // a mode or an owner, which may be kept
    }
  }

  private void opened(Path file, FileCall its, StoppedCall call) {
    long flags =
        switch (its.number()) {
          case OPEN -> call.argument(1);
          case OPENAT -> call.argument(2);
          case CREAT -> CREATES | TRUNCATES;
          default -> CREATES | TRUNCATES; // perhaps
        };
    if (!Files.exists(file)) {
      renames(file);
    } else if ((flags & TRUNCATES) != 0) {
      written(file);
    }
  }

  private void written(Path file) {
    BasicFileAttributes its = attributes(file);
    if (its != null && its.isRegularFile() && (file.startsWith(root) || isKnown(its.fileKey()))) {
      written(its.fileKey(), file);
    }
  }

  /** The contents are about to change, or may change at any time. */
  private void written(Object key, Path file) {
    if (!contents.containsKey(key) && !securing.containsValue(key)) {
      Path copy = aside.resolve(String.valueOf(copies++));
      try {
        KeptFile.copy(file, copy);
        contents.put(key, copy);
      } catch (NoSuchFileException e) {
        return; // it is gone
      } catch (IOException e) {
        failures++;
      }
    }
  }

  /** A name of the directory is about to change. */
  private void renames(Path path) {
    Path directory = path.getParent();
    BasicFileAttributes its =
        directory == null || !directory.startsWith(root) ? null : attributes(directory);
    if (directory == null || its == null || names.containsKey(its.fileKey())) {
      return;
    }
    try {
      names.put(its.fileKey(), list(directory));
    } catch (IOException e) {
      failures++;
    }
  }

  /** The name is about to be removed. */
  private void keep(Path path) {
    BasicFileAttributes its =
        path.startsWith(root) ? attributes(path, LinkOption.NOFOLLOW_LINKS) : null;
    if (its != null) {
      keep(path, its, LinkOption.NOFOLLOW_LINKS);
    }
  }

  private boolean keep(Path path, BasicFileAttributes its, LinkOption... options) {
    if (kept.containsKey(its.fileKey())) {
      return true;
    }
    try {
      kept.put(its.fileKey(), KeptFile.of(path, its, options));
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      failures++;
      return false;
    }
  }

  private void secureAll() {
    Set.copyOf(contents.keySet()).forEach(this::secure);
    names.clear();
  }

  /** A mapping is about to be written out, of an unknown file if the path is not its name. */
  private void synced(@Nullable String path) {
    BasicFileAttributes its = path == null ? null : attributes(Path.of(path));
    if (its != null && mapped.contains(its.fileKey())) {
      secure(its.fileKey());
    } else {
      mapped.forEach(this::secure);
    }
  }

  private void secure(Object key) {
    forget(key);
    map(key);
  }

  private void forget(Object key) {
    Path copy = contents.remove(key);
    if (copy != null) {
      try {
        Files.deleteIfExists(copy);
      } catch (IOException e) {
        return; // it is deleted later
      }
    }
  }

  /** What is stored to a mapping from now on is not secured. */
  private void map(Object key) {
    KeptFile file = kept.get(key);
    if (file != null && mapped.contains(key) && !securing.containsValue(key)) {
      Path copy = aside.resolve(String.valueOf(copies++));
      try {
        file.copyTo(copy);
        contents.put(key, copy);
      } catch (IOException e) {
        failures++;
      }
    }
  }

  /** The thread has made the call before. */
  private void returned(int tid) {
    Object key = securing.remove(tid);
    if (key != null && !contents.containsKey(key)) {
      map(key);
    }
  }

  void close() {
    kept.values().forEach(KeptFile::close);
    kept.clear();
  }
}
