package io.github.subreaper.internal.report.github;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the source file that an element of a stack names, by the usual places of sources. */
final class SourceFiles {
  private static final Set<String> LANGUAGES = Set.of("java", "kotlin", "groovy", "scala");
  private static final Set<String> NO_MODULES =
      Set.of("target", "build", "out", "bin", "node_modules", "src");

  private static final int DEEPEST = 8;
  private static final int MOST_DIRECTORIES = 5_000;

  /**
   * Loader and module, class, method, file and line, as StackTraceElement.toString has them. More
   * about the start may follow.
   */
  private static final Pattern ELEMENT =
      Pattern.compile(
          "(?:[^()]*/)?([^()/]+)\\.[^()/.]+\\(([^()/:]+):(\\d{1,9})\\)(?:(?: → |, ).*)?");

  private final Path workspace;
  private final Path module;
  private @Nullable List<Path> roots;

  /**
   * Makes one for a module.
   *
   * @param module its directory, as a recording has it
   */
  SourceFiles(Path workspace, String module) {
    this.workspace = real(workspace);
    this.module = real(path(module, workspace));
  }

  private static Path path(String path, Path otherwise) {
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      return otherwise;
    }
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }

  /**
   * A line of a file.
   *
   * @param file relative to the workspace
   */
  public record Place(String file, int line) {}

  /**
   * Finds a line.
   *
   * @param element such as {@code com.acme.Billing.start(Billing.java:88)}
   * @return null if there is no such file below the workspace, or there are several
   */
  @Nullable Place find(String element) {
    Matcher parts = ELEMENT.matcher(element);
    if (!parts.matches()) {
      return null;
    }
    String type = parts.group(1);
    String name = parts.group(2);
    String directory = type.contains(".") ? type.substring(0, type.lastIndexOf('.')) : "";
    directory = directory.replace('.', '/');
    int line = Integer.parseInt(parts.group(3));
    Path file = only(roots(module), directory, name);
    if (file == null) {
      file = only(allRoots(), directory, name);
    }
    return file == null || !file.startsWith(workspace) || line == 0
        ? null
        : new Place(workspace.relativize(file).toString(), line);
  }

  private static @Nullable Path only(List<Path> roots, String directory, String name) {
    Path found = null;
    for (Path root : roots) {
      Path file = in(root, directory, name);
      if (file != null && found != null) {
        return null; // to name the wrong one is worse than to name none
      }
      found = file == null ? found : file;
    }
    return found;
  }

  /** In Kotlin the directories may leave out the first packages, which all classes share. */
  private static @Nullable Path in(Path root, String directory, String name) {
    String rest = directory;
    while (true) {
      try {
        Path file = root.resolve(rest).resolve(name).normalize();
        if (file.startsWith(root) && Files.isRegularFile(file)) {
          return file;
        }
      } catch (InvalidPathException e) {
        return null;
      }
      if (rest.isEmpty() || !root.endsWith("kotlin")) {
        return null;
      }
      rest = rest.contains("/") ? rest.substring(rest.indexOf('/') + 1) : "";
    }
  }

  /** Returns the directories of sources of a module, such as {@code src/test/java}. */
  private static List<Path> roots(Path module) {
    List<Path> roots = new ArrayList<>();
    for (Path set : directories(module.resolve("src"))) {
      for (Path root : directories(set)) {
        if (LANGUAGES.contains(root.getFileName().toString())) {
          roots.add(root);
        }
      }
    }
    return roots;
  }

  private static List<Path> directories(Path parent) {
    List<Path> directories = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(parent, Files::isDirectory)) {
      children.forEach(directories::add);
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    return directories;
  }

  /** Returns those of all modules in the workspace. */
  private List<Path> allRoots() {
    if (roots == null) {
      roots = new ArrayList<>();
      for (Path one : modules()) {
        roots.addAll(roots(one));
      }
    }
    return roots;
  }

  private List<Path> modules() {
    List<Path> modules = new ArrayList<>(List.of(workspace));
    addModules(workspace, 1, modules);
    return modules;
  }

  private static void addModules(Path parent, int depth, List<Path> modules) {
    for (Path one : depth < DEEPEST ? directories(parent) : List.<Path>of()) {
      String name = one.getFileName().toString();
      boolean isModule = !name.startsWith(".") && !NO_MODULES.contains(name);
      if (isModule && !Files.isSymbolicLink(one) && modules.size() < MOST_DIRECTORIES) {
        modules.add(one);
        addModules(one, depth + 1, modules);
      }
    }
  }
}
