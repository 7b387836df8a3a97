package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The extension in JUnit's console launcher, registered by auto-detection alone. */
class ConsoleLauncherTest {

  private static ChildJvm.Output launch(String... more) {
    String[] arguments = {
      "execute",
      "--disable-banner",
      "--details=tree",
      "--select-class=" + GuardedSuite.OneTestCases.class.getName(),
      "--select-class=" + GuardedSuite.OtherTestCases.class.getName(),
    };
    return ChildJvm.main(
            "org.junit.platform.console.ConsoleLauncher",
            Stream.of(arguments, more).flatMap(Arrays::stream).toArray(String[]::new))
        .run();
  }

  @Test
  void leaksOfASuiteWithoutAnnotationsAreFoundAndTerminated() {
    ChildJvm.Output output =
        launch(
            "--config=" + RegistrationTest.AUTO_DETECTION + "=true",
            "--config=subreaper.leaks=FAIL");

    assertThat(output.numbers("pid")).hasSize(2).allSatisfy(Processes::assertEnded);
    output.assertExit(1);
    assertThat(output.text())
        .contains("GuardedSuite.OneTestCases.leaks() left sleep running")
        .contains("GuardedSuite.OtherTestCases.leaks() left sleep running")
        .contains("2 tests failed");
  }

  @Test
  @Tag("full")
  void withoutTheExtensionTheSuiteIsGreenAndItsProcessesStay() {
    ChildJvm.Output output = launch();

    assertThat(output.numbers("pid")).hasSize(2).allSatisfy(Processes::endLeftBehind);
    output.assertExit(0);
  }
}
