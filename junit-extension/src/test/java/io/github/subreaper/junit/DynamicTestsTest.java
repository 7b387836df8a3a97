package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Dynamic tests share the scope of their factory, which fails for their leaks. */
class DynamicTestsTest {
  private static void leave(String seconds) throws IOException {
    new ProcessBuilder("sleep", seconds).start();
  }

  private static String firstLine(Class<?> tests) {
    String message = Objects.requireNonNull(Kit.run(tests).onlyFailure().getMessage());
    return message.lines().findFirst().orElseThrow();
  }

  @Test
  void verdictNamesTheDynamicTestsInWhichTheLeaksWereBorn() {
    assertThat(firstLine(LeakingCases.class))
        .endsWith(", born in the dynamic test \"leaves\" and \"leaves another\"");
  }

  @SubreaperTest
  static class LeakingCases {
    @TestFactory
    Stream<DynamicTest> factory() {
      return Stream.of(
          dynamicTest("before", () -> new ProcessBuilder("true").start().waitFor()),
          dynamicTest("leaves", () -> leave("1001")),
          dynamicTest("between", () -> new ProcessBuilder("true").start().waitFor()),
          dynamicTest("leaves another", () -> leave("1002")),
          dynamicTest("after", () -> {}));
    }
  }

  @Test
  void leakOfTheFactoryItselfIsNotThatOfADynamicTest() {
    assertThat(firstLine(LeakingFactoryCases.class)).doesNotContain("dynamic test");
  }

  @SubreaperTest
  static class LeakingFactoryCases {
    @TestFactory
    Stream<DynamicTest> factory() throws IOException {
      leave("1003");
      return Stream.of(dynamicTest("leaves nothing", () -> {}));
    }
  }
}
