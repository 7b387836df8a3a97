package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulation finds faults that are planted in the engine's sources. It knows nothing of them.
 * One that no longer applies fails.
 */
class PlantedFaultsTest {
  /** Its level holds as long as it is referred to. */
  private static final Logger LOG = Logger.getLogger("io.github.subreaper");

  private static final int MOST_SCHEDULES = 100_000;
  private static final Path SOURCES = Path.of("main/java/io/github/subreaper/internal/engine");

  /**
   * A change of one file.
   *
   * @param before occurs once
   */
  private record Fault(String what, String file, String before, String after) {
    @Override
    public String toString() {
      return what;
    }

    String source() throws IOException {
      String text = Files.readString(SOURCES.resolve(file + ".java"));
      assertThat(text.split(Pattern.quote(before), -1))
          .as("%s occurs once in %s", before, file)
          .hasSize(2);
      return text.replace(before, after);
    }
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault(
            "a list of children is believed though its pid may be reused",
            "attribution/Attribution",
            "(parent.isForeign() || isAnothers(stat, parent))",
            "parent.isForeign()"),
        new Fault(
            "a scan counts though a process died meanwhile",
            "reap/CompleteScan",
            "lastDeathNanos.getAsLong() - scanCycle.lastStartNanos() < 0 // always asked",
            "true"),
        new Fault(
            "a child of any thread is taken for an orphan",
            "reap/Ownership",
            "|| !isInAdoptersList(pid)",
            ""),
        new Fault(
            "a child of a thread that has ended is not left to the JDK",
            "reap/Ownership",
            "if (!past && !isPolledByTheJdk(question, pid)) {",
            "if (false) {"),
        new Fault(
            "the adopter's list is not read again at the end of a scan",
            "scan/TreeScan",
            "boolean later = pushLater(adopter, known);",
            "boolean later = false;"));
  }

  static Stream<Fault> more() {
    return Stream.of(
        new Fault(
            "a list is believed though the process has another parent",
            "scan/ProcessObserver",
            "lister != null && stat.parent() == lister.pid();",
            "lister != null;"),
        new Fault(
            "a signal goes to a pid, not to its descriptor",
            "query/Signals",
            "known.send(signal), ran",
            "kernel.kill.send(process.pid(), signal), ran"),
        new Fault(
            "a scan is skipped though a process died in the one before",
            "scan/ScanCycle",
            "if (scanAdopted() || registry.lastDeathNanos() - start >= 0) {",
            "if (false) {"),
        new Fault(
            "what was stopped is not killed",
            "end/KillPhase",
            "if (!process.wasKilled() || isRefused(process)) {",
            "if (!process.ending().isFrozen() || isRefused(process)) {"));
  }

  @BeforeAll
  static void silenceWarnings() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void warnAgain() {
    LOG.setLevel(null);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void plantedFaultIsFound(Fault fault, @TempDir Path directory) throws Exception {
    find(fault, directory);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("more")
  void anotherPlantedFaultIsFound(Fault fault, @TempDir Path directory) throws Exception {
    find(fault, directory);
  }

  private static void find(Fault fault, Path directory) throws Exception {
    compile(fault, directory);
    IntUnaryOperator search =
        (IntUnaryOperator)
            new Patched(directory)
                .loadClass(Search.class.getName())
                .getDeclaredConstructor()
                .newInstance();
    int schedule = search.applyAsInt(MOST_SCHEDULES);
    System.out.println(fault.what + ": found by schedule " + schedule);
    assertThat(schedule).as(fault.what).isPositive();
  }

  private static void compile(Fault fault, Path directory) throws IOException {
    String source = fault.source();
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK");
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("mem:///" + fault.file + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoring) {
            return source;
          }
        };
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-d",
            directory.toString(),
            "-cp",
            System.getProperty("java.class.path"));
    boolean compiled = compiler.getTask(messages, null, null, options, null, List.of(file)).call();
    assertThat(compiled).as(messages.toString()).isTrue();
  }

  /** Has the library's classes of its own, first of all the patched ones. */
  private static final class Patched extends ClassLoader {
    private final Path directory;

    Patched(Path directory) {
      super(PlantedFaultsTest.class.getClassLoader());
      this.directory = directory;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        return known != null
            ? known
            : name.startsWith("io.github.subreaper.") ? own(name) : super.loadClass(name, resolve);
      }
    }

    private Class<?> own(String name) throws ClassNotFoundException {
      String path = name.replace('.', '/') + ".class";
      Path patched = directory.resolve(path);
      try (InputStream in =
          Files.exists(patched)
              ? Files.newInputStream(patched)
              : getParent().getResourceAsStream(path)) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] code = in.readAllBytes();
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** Searches in the class loader with the patched class. */
  public static final class Search implements IntUnaryOperator {
    /** Made by its name. */
    public Search() {}

    /** Returns the number of the schedule that finds a fault; 0 if none does. */
    @Override
    public int applyAsInt(int most) {
      Simulation simulation = new Simulation();
      try {
        for (int seed = 1; seed <= most; seed++) {
          if (simulation.run(seed).violation() != null) {
            return seed;
          }
        }
        return 0;
      } finally {
        simulation.close();
      }
    }
  }
}
