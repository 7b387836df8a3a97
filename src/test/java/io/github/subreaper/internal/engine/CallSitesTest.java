package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.FlightLog.StackLine;
import io.github.subreaper.internal.engine.MethodBindings.Frame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallSitesTest {
  private static final String JDK = "java.lang.ProcessBuilder";
  private static final String JUNIT = "org.junit.jupiter.engine.execution.MethodInvocation";

  /** Returns a stack from the inside out, with the lines 1, 2, 3 and so on. */
  private static List<StackLine> stack(String... types) {
    List<StackLine> stack = new ArrayList<>();
    for (String type : types) {
      stack.add(new StackLine(new Frame(type, "start", "()V"), stack.size() + 1));
    }
    return stack;
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
    assertThat(CallSites.of(stack(JDK, launcher, "com.acme.CacheTest$1", JUNIT)))
        .hasToString("com.acme.CacheTest$1.start(CacheTest.java:3)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"$$Lambda$761+0x00007f32f819e8e0.1998949977", "$$Lambda/0x0000735c8c0a9c60"})
  void classThatTheJvmMadeForAMethodReferenceIsNotNamed(String suffix) {
    assertThat(CallSites.of(stack(JDK, "com.acme.CacheTest" + suffix, "com.acme.CacheTest")))
        .hasToString("com.acme.CacheTest.start(CacheTest.java:3)");
  }

  @Test
  void launcherIsNamedIfNoOtherCodeIsOnTheStack() {
    String launcher = "org.zeroturnaround.exec.ProcessExecutor";

    assertThat(CallSites.of(stack(JDK, launcher, JUNIT, JDK)))
        .hasToString(launcher + ".start(ProcessExecutor.java:2)");
  }

  @Test
  void jdkAndJUnitAreNeverNamed() {
    assertThat(CallSites.of(stack(JDK, JUNIT, JDK))).isNull();
  }
}
