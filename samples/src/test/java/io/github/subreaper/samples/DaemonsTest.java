package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Supervisor;
import io.github.subreaper.assertj.Convention;
import io.github.subreaper.assertj.Daemonization;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Measures which conventions real daemons keep. The table in {@code DAEMONS.md} comes from here:
 *
 * <pre>{@code
 * mvn test -pl samples -am -Dsrc.skipTests -Dtest=DaemonsTest \
 *   -Dsurefire.failIfNoSpecifiedTests=false -Ddaemons.table=DAEMONS.md
 * }</pre>
 */
@SubreaperTest(await = "60 s")
class DaemonsTest {
  private static final Map<RealDaemon, Daemonization> MEASURED = new TreeMap<>();

  @AfterAll
  static void writeTable() throws IOException {
    String table = System.getProperty("daemons.table", "");
    if (!table.isEmpty()) {
      DaemonTable.write(Path.of(table), MEASURED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRealDaemonIsAdoptedAndLeavesItsLaunchersSession(
      RealDaemon daemon, Supervisor supervisor, @TempDir Path dir) throws IOException {
    String file = daemon.require();
    assumeTrue(!daemon.needsRoot() || isRoot(), "needs root");

    Launch launch =
        supervisor.launch(daemon.program(file, dir.toRealPath()).withDirectory(dir).withCanaries());
    assertThat(launch).exitsWith(0);
    Descendant process = launch.awaitOrphan();

    Daemonization found =
        daemon.hasPidFile()
            ? Daemonization.of(process, daemon.pidFile(dir.toRealPath()))
            : Daemonization.of(process);
    MEASURED.put(daemon, found);
    assertThat(found.verdict(Convention.ORPHAN)).isEqualTo(Daemonization.Verdict.OK);
    assertThat(found.verdict(Convention.OWN_SESSION)).isEqualTo(Daemonization.Verdict.OK);
  }

  static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }
}
