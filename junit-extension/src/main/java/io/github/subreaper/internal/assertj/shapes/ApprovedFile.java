package io.github.subreaper.internal.assertj.shapes;

import io.github.subreaper.internal.access.RunningTest;
import io.github.subreaper.internal.assertj.facts.Naming;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The file of an approved shape: {@code src/test/resources/<package>/NginxTest.starts.shape} below
 * the working directory, or {@code NginxTest.starts.<name>.shape}.
 */
public final class ApprovedFile {
  private static final Path RESOURCES = Path.of("src/test/resources");

  /** What neither Windows nor git can have in a name. */
  private static final Pattern FORBIDDEN = Pattern.compile("[/\\\\:*?\"<>|\\p{Cntrl}]");

  private static final char BYTE_ORDER_MARK = '\uFEFF';
  private static final AtomicLong WRITTEN = new AtomicLong();

  /** Set by services that run builds: the first one that is set decides. */
  private static final List<String> CI =
      List.of(
          "CI",
          "CONTINUOUS_INTEGRATION",
          "GITHUB_ACTIONS",
          "GITLAB_CI",
          "TF_BUILD",
          "TEAMCITY_VERSION",
          "JENKINS_URL",
          "BUILD_NUMBER");

  private final Place place;
  private final Path path;

  /**
   * Where files are.
   *
   * @param working the directory that has {@code src/test/resources}
   * @param environment which shows whether this is a build service
   */
  public record Place(Path working, Map<String, String> environment) {
    public static Place ofThisJvm() {
      return new Place(Path.of("").toAbsolutePath(), System.getenv());
    }

    /** Returns the variable that shows that a build service runs this; nothing is written there. */
    public Optional<String> ci() {
      return CI.stream()
          .filter(name -> !environment.getOrDefault(name, "").isBlank())
          .findFirst()
          .filter(name -> !environment.getOrDefault(name, "").strip().equalsIgnoreCase("false"));
    }
  }

  private ApprovedFile(Place place, Path path) {
    this.place = place;
    this.path = path;
  }

  /**
   * Finds the file of a test.
   *
   * @param name of one of several shapes of the test; null if it has one
   */
  public static ApprovedFile of(RunningTest test, @Nullable String name, Place place) {
    Class<?> type = test.testClass();
    String file =
        of(type)
            + "."
            + FORBIDDEN.matcher(test.method()).replaceAll("_")
            + (name == null ? "" : "." + name)
            + ".shape";
    return new ApprovedFile(
        place,
        place
            .working
            .resolve(RESOURCES)
            .resolve(type.getPackageName().replace('.', '/'))
            .resolve(file));
  }

  /** Returns a class name without its package: {@code NginxTest.Reload}. */
  static String of(Class<?> type) {
    String name = type.getName();
    return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
  }

  /**
   * Checks the name of a shape.
   *
   * @throws IllegalArgumentException if it cannot be a part of a file's name
   */
  public static String checked(String name) {
    if (name.isBlank() || !name.equals(name.strip()) || FORBIDDEN.matcher(name).find()) {
      throw new IllegalArgumentException(
          "the name of a shape is a part of a file's name: not blank, without spaces around it, and"
              + " without / \\ : * ? \" < > | and control characters; not \""
              + Naming.printable(name)
              + "\"");
    }
    return name;
  }

  public Place place() {
    return place;
  }

  public Path path() {
    return path;
  }

  public boolean hasResources() {
    return Files.isDirectory(place.working.resolve(RESOURCES));
  }

  /**
   * Returns its text.
   *
   * @return null if there is no such file
   * @throws UncheckedIOException if it cannot be read, or is not UTF-8
   */
  public @Nullable String read() {
    try {
      String text = Files.readString(path);
      return text.indexOf(BYTE_ORDER_MARK) == 0 ? text.substring(1) : text;
    } catch (NoSuchFileException e) {
      return null;
    } catch (CharacterCodingException e) {
      throw new UncheckedIOException("it is not UTF-8", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e.toString(), e);
    }
  }

  /**
   * Writes it as a whole or not at all. If it had Windows line ends, it has them again.
   *
   * @param before the text until now; null if there is no such file
   */
  public void write(List<String> lines, @Nullable String before) throws IOException {
    String end = before != null && before.contains("\r\n") ? "\r\n" : "\n";
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line).append(end));
    Files.createDirectories(path.getParent());
    Path whole =
        path.resolveSibling(
            ".%s-%d-%d.tmp"
                .formatted(
                    path.getFileName(), ProcessHandle.current().pid(), WRITTEN.incrementAndGet()));
    try {
      Files.writeString(whole, text, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
      Files.move(whole, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  /** Returns the path below the working directory. */
  @Override
  public String toString() {
    return place.working.relativize(path).toString();
  }

  /** Returns the directory that a user has to make. */
  public Path resources() {
    return place.working.resolve(RESOURCES);
  }
}
