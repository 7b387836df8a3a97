package io.github.subreaper.internal.engine.origin;

import static io.github.subreaper.testing.Linux.KERNEL;
import static io.github.subreaper.testing.Linux.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Subreaper;
import io.github.subreaper.internal.engine.lock.RecordLock;
import io.github.subreaper.internal.engine.origin.FlightLog.StackLine;
import io.github.subreaper.internal.engine.origin.MethodBindings.Frame;
import io.github.subreaper.internal.engine.records.BindingRecord;
import io.github.subreaper.internal.engine.records.ScopeTree;
import io.github.subreaper.internal.engine.time.PidOrder;
import io.github.subreaper.internal.engine.values.CallSite;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CallSitesTest {
  private static final String JDK = "java.lang.ProcessBuilder";
  private static final String JUNIT = "org.junit.jupiter.engine.execution.MethodInvocation";

  /** Of this library, and not of a test. */
  private static final String OURS = Subreaper.class.getName();

  @TempDir private Path directory;

  private final MethodBindings methods = new MethodBindings();
  private final CallSites sites = new CallSites(methods);

  /** Returns the place of a stack from the inside out, with the lines 1, 2, 3 and so on. */
  private CallSite at(String... types) {
    List<StackTraceElement> stack = new ArrayList<>();
    for (String type : types) {
      int line = stack.size() + 1;
      stack.add(CallSites.element(new StackLine(new Frame(type, "start", "()V"), line)));
    }
    return sites.of(stack);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.apache.commons.exec.launcher.Java13CommandLauncher",
        "io.zonky.test.db.postgres.embedded.EmbeddedPostgres$Builder",
        "redis.embedded.RedisInstance",
        "org.assertj.core.api.ThrowableAssert",
      })
  void lineOfALauncherIsThatOfItsCaller(String launcher) {
    assertThat(at(JDK, launcher, "com.acme.CacheTest$1", JUNIT).place())
        .hasToString("com.acme.CacheTest$1.start(CacheTest.java:3)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"$$Lambda$761+0x00007f32f819e8e0.1998949977", "$$Lambda/0x0000735c8c0a9c60"})
  void classThatTheJvmMadeForAMethodReferenceIsNotNamed(String suffix) {
    assertThat(at(JDK, "com.acme.CacheTest" + suffix, "com.acme.CacheTest").text())
        .isEqualTo("com.acme.CacheTest.start(CacheTest.java:3)");
  }

  @Test
  void launcherIsNamedIfNoOtherCodeIsOnTheStack() {
    String launcher = "org.zeroturnaround.exec.ProcessExecutor";

    assertThat(at(JDK, launcher, JUNIT, JDK).text())
        .isEqualTo(launcher + ".start(ProcessExecutor.java:2)");
  }

  @Test
  void jdkAndJUnitAreNeverNamed() {
    assertThat(at(JDK, JUNIT, JDK).text()).isNull();
  }

  @Test
  void libraryItselfIsNeverNamed() {
    assertThat(at(JDK, OURS, "org.acme.Tool", OURS, JUNIT, OURS).text())
        .isEqualTo("org.acme.Tool.start(Tool.java:3)");
    assertThat(at(JDK, OURS, JUNIT, OURS).text()).isNull();
  }

  /** So that a library's own suite, and a launcher that no list has, show the test's line. */
  @Test
  void lineIsThatOfTheInnermostClassInADirectoryOfTests() {
    String own = CallSitesTest.class.getName();
    String launcher = "org.acme.Tool$Runner";

    assertThat(at(JDK, launcher, "org.acme.Tool", own, "com.acme.Outer", JUNIT, OURS).text())
        .isEqualTo(own + ".start(CallSitesTest.java:4) → Tool$Runner.start(Tool.java:2)");
    assertThat(at(JDK, own, JUNIT).text()).isEqualTo(own + ".start(CallSitesTest.java:2)");
    assertThat(at(JDK, "groovy.lang.Script", launcher, own).text())
        .endsWith(" → Tool$Runner.start(Tool.java:3)");
  }

  @ParameterizedTest
  @CsvSource({
    "target/test-classes, true",
    "build/classes/java/test, true",
    "build/classes/kotlin/integrationTest, true",
    "out/test/app, true",
    "bin/test, true",
    "tests, true",
    "target/classes, false",
    "test/target/classes, false",
    "out/production/latest, false",
    "classes, false",
  })
  void directoryOfTestsIsPreferredToAnother(String path, boolean isOfTests) throws Exception {
    String outer = "org.awaitility.Awaitility"; // in the list of libraries
    String inner = "org.awaitility.Durations";
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    Path main = Files.createDirectory(directory.resolve("main"));
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {copied(outer, directory.resolve(path)), copied(inner, main)}, null)) {
      thread.setContextClassLoader(loader);
      assertThat(at(JDK, inner, outer, JUNIT).place())
          .hasToString(
              isOfTests ? outer + ".start(Awaitility.java:3)" : inner + ".start(Durations.java:2)");
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static URL copied(String type, Path directory) throws Exception {
    String name = type.replace('.', '/') + ".class";
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    try (InputStream in = CallSitesTest.class.getClassLoader().getResourceAsStream(name)) {
      Files.copy(Objects.requireNonNull(in), file);
    }
    return directory.toUri().toURL();
  }

  @Test
  void boundClassIsATestsWhereverItWasLoadedFrom() throws Exception {
    Class<?> test = Assertions.class;
    BindingRecord binding =
        new ScopeTree(new RecordLock(TIME), new PidOrder(KERNEL)).root().newBinding("bind");
    methods.bind(test.getMethod("fail", String.class), binding);

    assertThat(at(JDK, "com.acme.Tool", test.getName() + "$1", "com.acme.Outer").text())
        .isEqualTo(test.getName() + "$1.start(Assertions.java:3) → Tool.start(Tool.java:2)");
    String helper = test.getPackageName() + ".Helper";
    assertThat(at(JDK, "com.acme.Tool", helper, "com.acme.Outer").text()).startsWith(helper);
  }

  /** As in Groovy and Kotlin, whose files end otherwise. */
  @Test
  void fileIsTheOneThatTheClassWasCompiledFrom() {
    assertThat(at(JDK, SecondInThisFile.class.getName(), JUNIT).place())
        .asString()
        .endsWith("SecondInThisFile.start(CallSitesTest.java:2)");
  }
}

@SuppressWarnings("MultipleTopLevelClasses") // that is what the test is about
final class SecondInThisFile {
  /** Constants of each size stand before the name of the file. */
  static final long LONG = 1L << 40;

  static final double DOUBLE = 0.1;

  private SecondInThisFile() {}
}
