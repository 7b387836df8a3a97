package io.github.subreaper;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Things that a launch could leave behind in this JVM.
 *
 * @param files in the private directories of its activations
 * @param descriptors that are open to one of them
 * @param children by pid
 */
record Traces(Set<String> files, Set<String> descriptors, Set<Long> children) {

  static Traces look() throws IOException {
    Set<String> files = new TreeSet<>();
    String ours = "subreaper-" + ProcessHandle.current().pid() + "-*";
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(temporary, ours)) {
      for (Path found : directories) {
        try (Stream<Path> inside = Files.walk(found)) {
          inside.forEach(file -> files.add(file.toString()));
        }
      }
    }
    Set<String> descriptors = new TreeSet<>();
    try (DirectoryStream<Path> fds = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path fd : fds) {
        String target = target(fd);
        if (target.contains("/subreaper-")) {
          descriptors.add(fd + " " + target);
        }
      }
    }
    Set<Long> children = new TreeSet<>();
    ProcessHandle.current().children().forEach(child -> children.add(child.pid()));
    return new Traces(files, descriptors, children);
  }

  /** Returns the living threads of this JVM with this name. */
  static List<Thread> threads(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(name))
        .toList();
  }

  private static String target(Path fd) throws IOException {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (NoSuchFileException e) {
      return ""; // it was closed meanwhile
    }
  }
}
