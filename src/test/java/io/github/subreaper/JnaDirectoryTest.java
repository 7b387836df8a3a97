package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.PidNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JNA can't load its unpacked library, as in hardened containers. */
class JnaDirectoryTest {

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachActivationNamesTheFirstCause(boolean usedBefore, @TempDir Path directory)
      throws Exception {
    List<String> noexec =
        unshared("mount -t tmpfs -o noexec none \"$0\" && exec \"$@\"", directory.toString());
    ChildJvm.Result result =
        ChildJvm.run(
                noexec,
                List.of("-Djna.tmpdir=" + directory),
                Map.of(),
                Twice.class,
                String.valueOf(usedBefore))
            .exitedNormally();
    assertThat(result.value("first"))
        .contains("failed to map segment from shared object")
        .contains(directory.toString())
        .contains("To fix: with -Djna.tmpdir=DIR");
    assertThat(result.value("second")).isEqualTo(result.value("first"));
    assertThat(result.value("capability")).contains("failed to map segment from shared object");
  }

  static final class Twice {
    public static void main(String[] arguments) {
      if (arguments[0].equals("true")) { // by other code, which gets JNA's message
        assertThat(catchThrowable(() -> Native.getNativeSize(int.class))).isNotNull();
      }
      System.out.println("first=" + catchThrowable(Subreaper::activate));
      System.out.println("second=" + catchThrowable(Subreaper::activate));
      System.out.println("capability=" + Subreaper.capabilities());
    }
  }

  /**
   * Returns a command that runs a script in its own mount namespace first; skips the test without
   * one.
   */
  private static List<String> unshared(String script, String argument) throws Exception {
    boolean root = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    List<String> command = new ArrayList<>(List.of("unshare", root ? "-m" : "-Urm", "sh", "-c"));
    command.addAll(List.of(script, argument));
    assumeTrue(
        PidNamespace.runs(command),
        "no mount namespace: needs unshare(1), and root or user namespaces");
    return command;
  }
}
