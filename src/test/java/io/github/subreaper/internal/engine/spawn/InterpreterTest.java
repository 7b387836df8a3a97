package io.github.subreaper.internal.engine.spawn;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.LaunchException;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class InterpreterTest {
  @TempDir private Path directory;

  @Test
  void interpreterWhoseNameTheLocaleCannotExpressFailsTheLaunchLikeAnyOther() throws Exception {
    Path script = Files.writeString(directory.resolve("script"), "#!/no/\u00e9\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    List<String> command = new ArrayList<>(List.of("env", "LC_ALL=C"));
    command.addAll(ChildJvm.command(Launching.class, script.toString()));
    ChildJvm.Result result = ChildJvm.run(command).exitedNormally();
    assertThat(result.value("thrown")).isEqualTo(LaunchException.class.getName());
    assertThat(result.value("errno")).isEqualTo("ENOENT");
  }

  /** Launches its argument, which fails. */
  public static final class Launching {
    private Launching() {}

    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("launching")) {
        supervisor.launch(arguments[0]);
      } catch (RuntimeException e) {
        System.out.println("thrown=" + e.getClass().getName());
        System.out.println(
            "errno=" + (String.valueOf(e).contains("ENOENT") ? "ENOENT" : "another"));
      }
    }
  }
}
