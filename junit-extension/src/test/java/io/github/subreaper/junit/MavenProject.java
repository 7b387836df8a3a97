package io.github.subreaper.junit;

import static java.util.stream.Collectors.joining;

import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A project with compiled tests, which Maven runs offline, with what it has downloaded before. */
final class MavenProject {
  private final Path directory;
  private final String properties;
  private final String configuration;
  private final List<String> modules = new ArrayList<>();

  /**
   * Makes a project.
   *
   * @param properties for JUnit
   * @param configuration of Surefire, in XML
   */
  MavenProject(Path directory, String properties, String configuration) {
    this.directory = directory;
    this.properties = properties;
    this.configuration = configuration;
  }

  /** Skips a test that cannot run Maven here. */
  static void orSkip() {
    Required.orSkip(
        surefireVersion().isPresent() && mavenIsThere(),
        "needs mvn on the PATH, and to be run by Maven itself");
  }

  /** Adds a module with such tests. */
  MavenProject module(String name, Class<?>... suite) throws IOException {
    modules.add(name);
    Path module = directory.resolve(name);
    tests(module, suite);
    String parent =
        """
        <parent>
          <groupId>test</groupId>
          <artifactId>project</artifactId>
          <version>1</version>
        </parent>
        """;
    Files.writeString(module.resolve("pom.xml"), pom(parent + artifact(name)));
    return this;
  }

  /** Returns what runs the tests of the modules. */
  ProcessBuilder test(String... options) throws IOException {
    String list =
        modules.stream().map(name -> "<module>" + name + "</module>").collect(joining("\n"));
    String packaging = "<packaging>pom</packaging>\n<modules>\n" + list + "</modules>\n";
    Files.writeString(directory.resolve("pom.xml"), pom(artifact("project") + packaging + build()));
    return maven(options);
  }

  /** Returns what runs such tests in a project without modules. */
  ProcessBuilder testOnly(Class<?>... suite) throws IOException {
    tests(directory, suite);
    Files.writeString(directory.resolve("pom.xml"), pom(artifact("project") + build()));
    return maven();
  }

  private void tests(Path module, Class<?>... suite) throws IOException {
    Path classes = module.resolve("target/test-classes");
    List<Class<?>> types = new ArrayList<>(List.of(suite));
    types.addAll(List.of(Processes.class, ChildJvm.class, ChildJvm.Output.class, Await.class));
    for (Class<?> type : types) {
      copy(type, classes);
    }
    Files.writeString(classes.resolve("junit-platform.properties"), properties);
  }

  private static void copy(Class<?> type, Path classes) throws IOException {
    String file = type.getName().replace('.', '/') + ".class";
    Path target = classes.resolve(file);
    Files.createDirectories(target.getParent());
    try (InputStream in = type.getClassLoader().getResourceAsStream(file)) {
      Files.copy(in, target);
    }
  }

  private ProcessBuilder maven(String... options) {
    ProcessBuilder maven =
        new ProcessBuilder(
            "mvn",
            "--batch-mode",
            "--offline",
            "org.apache.maven.plugins:maven-surefire-plugin:"
                + surefireVersion().orElseThrow()
                + ":test");
    maven.command().addAll(List.of(options));
    String repository = System.getProperty("localRepository");
    if (repository != null) {
      maven.command().add("-Dmaven.repo.local=" + repository);
    }
    maven.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return maven.directory(directory.toFile());
  }

  private static String pom(String content) {
    return """
    <project xmlns="http://maven.apache.org/POM/4.0.0">
      <modelVersion>4.0.0</modelVersion>
      %s
    </project>
    """
        .formatted(content);
  }

  private static String artifact(String name) {
    return """
    <groupId>test</groupId>
    <artifactId>%s</artifactId>
    <version>1</version>
    """
        .formatted(name);
  }

  private String build() {
    return """
    <dependencies>
      <dependency>
        <groupId>org.junit.jupiter</groupId>
        <artifactId>junit-jupiter</artifactId>
        <version>%s</version>
      </dependency>
    </dependencies>
    <build>
      <plugins>
        <plugin>
          <groupId>org.apache.maven.plugins</groupId>
          <artifactId>maven-surefire-plugin</artifactId>
          <version>%s</version>
          <configuration>
            %s
            <includes><include>**/*TestCases.class</include></includes>
            <excludes><exclude>none</exclude></excludes>
            <additionalClasspathElements>%s</additionalClasspathElements>
          </configuration>
        </plugin>
      </plugins>
    </build>
    """
        .formatted(
            Test.class.getPackage().getImplementationVersion(),
            surefireVersion().orElseThrow(),
            configuration,
            classPath());
  }

  /** Returns the class path of this JVM without tests and JUnit, which Maven resolves itself. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(":"))
        .filter(entry -> !entry.matches(".*/(test-classes|(junit|surefire)-[^/]*\\.jar)"))
        .map(entry -> "<additionalClasspathElement>" + entry + "</additionalClasspathElement>")
        .collect(joining());
  }

  /** Returns the version of the Surefire that runs this test: the local repository has it. */
  private static Optional<String> surefireVersion() {
    try {
      return Optional.ofNullable(
          Class.forName("org.apache.maven.surefire.booter.ForkedBooter")
              .getPackage()
              .getImplementationVersion());
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }

  private static boolean mavenIsThere() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "mvn")));
  }
}
