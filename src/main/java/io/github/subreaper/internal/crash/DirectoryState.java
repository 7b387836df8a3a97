package io.github.subreaper.internal.crash;

import io.github.subreaper.internal.text.Text;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The names, sizes and times of all files below a directory. */
record DirectoryState(SortedMap<String, Entry> entries) {
  private static final int MOST_LINES = 30;

  record Entry(String kind, long size, FileTime time) {
    @Override
    public String toString() {
      return kind.isEmpty() ? size + " bytes" : kind;
    }
  }

  static DirectoryState of(Path directory) {
    SortedMap<String, Entry> entries = new TreeMap<>();
    try (Stream<Path> all = Files.walk(directory)) {
      all.filter(path -> !path.equals(directory))
          .forEach(path -> entries.put(directory.relativize(path).toString(), entry(path)));
    } catch (IOException | UncheckedIOException e) {
      entries.put("(unreadable: " + e.getMessage() + ")", new Entry("", 0, FileTime.fromMillis(0)));
    }
    return new DirectoryState(entries);
  }

  private static Entry entry(Path path) {
    try {
      BasicFileAttributes its =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      String kind =
          its.isDirectory()
              ? "directory"
              : its.isSymbolicLink() ? "link" : its.isOther() ? "socket, FIFO or device" : "";
      return new Entry(kind, its.size(), its.lastModifiedTime());
    } catch (IOException e) {
      return new Entry("gone", 0, FileTime.fromMillis(0));
    }
  }

  /** Returns a line for each difference. */
  String changes(DirectoryState later) {
    List<String> lines = new ArrayList<>();
    later.entries.forEach(
        (name, entry) -> {
          Entry before = entries.get(name);
          if (before == null) {
            lines.add("  + " + name + " (" + entry + ")");
          } else if (!before.equals(entry) && entry.kind.isEmpty()) {
            String was = before.toString().equals(entry.toString()) ? "" : before + ", now ";
            lines.add("  ~ " + name + " (" + was + entry + ")");
          }
        });
    entries.keySet().stream()
        .filter(name -> !later.entries.containsKey(name))
        .forEach(name -> lines.add("  - " + name));
    List<String> some = Text.some(lines.stream(), MOST_LINES, lines.size());
    return (lines.isEmpty() ? "  nothing" : String.join("\n", some)) + "\n";
  }
}
