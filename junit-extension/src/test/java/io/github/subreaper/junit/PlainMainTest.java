package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.assertEnded;
import static io.github.subreaper.junit.Processes.leak;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A plain program can do with the public API what the extension does. */
class PlainMainTest {

  @ParameterizedTest
  @ValueSource(classes = {Closing.class, Forgetting.class})
  void nothingStaysAfterAProgramThatUsesTheLibrary(Class<?> program) {
    ChildJvm.Output output = ChildJvm.main(program.getName()).run().assertExit(0);

    assertEnded(output.number("pid"));
    assertEnded(output.number("launched"));
  }

  @Test
  void reportNamesWhatWasLeft() {
    ChildJvm.Output output = ChildJvm.main(Closing.class.getName()).run().assertExit(0);

    assertThat(output.text()).contains("the job left sleep running");
    assertThat(output.number("leaked")).isEqualTo(output.number("pid"));
  }

  @Test
  void withoutTheLibraryTheProcessStays() {
    ChildJvm.Output output = ChildJvm.main(Careless.class.getName()).run().assertExit(0);

    Processes.endLeftBehind(output.number("pid"));
  }

  static final class Closing {
    private Closing() {}

    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate()) {
        Supervisor job = openJob(subreaper);
        ScopeReport report = job.end();
        System.out.println(report);
        report.leaked().forEach(leaked -> ChildJvm.say("leaked", leaked.pid()));
      }
    }
  }

  /** Leaves closing to the shutdown hook. */
  static final class Forgetting {
    private Forgetting() {}

    public static void main(String[] arguments) {
      ChildJvm.say("scope", openJob(Subreaper.activate()).name());
    }
  }

  static final class Careless {
    private Careless() {}

    public static void main(String[] arguments) {
      ChildJvm.say("pid", leak());
    }
  }

  private static Supervisor openJob(Subreaper subreaper) {
    Supervisor job =
        subreaper.open("the job", ScopeOptions.defaults().withSettle(Duration.ofMillis(10)));
    ChildJvm.say("pid", leak());
    ChildJvm.say("launched", job.launch("sleep", "1000").pid());
    return job;
  }
}
