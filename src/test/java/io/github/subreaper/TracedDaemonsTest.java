package io.github.subreaper;

import static io.github.subreaper.TraceFaults.executed;
import static io.github.subreaper.testing.Await.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.Hostile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Databases run from their start to their end as without a trace, and all of it is reported. */
@Tag("full")
@Timeout(600)
class TracedDaemonsTest {
  private static final int NOBODY = 65_534;
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withSettle(Duration.ZERO).withAwait(LONG).withGrace(LONG);

  @AutoClose private final Subreaper subreaper = Subreaper.activate();
  private final Supervisor supervisor = subreaper.open("databases", OPTIONS);
  private final List<Launch> launches = new ArrayList<>();

  @TempDir private Path home;
  private Program psql = Program.of("psql");

  @BeforeEach
  void ownHome() throws IOException {
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
    if (Hostile.isRoot()) { // PostgreSQL refuses to run as root
      Files.setAttribute(home, "unix:uid", NOBODY);
    }
  }

  private Launch launch(boolean traced, Program program) {
    Program as = Hostile.isRoot() ? program.withUser(NOBODY, NOBODY) : program;
    Program in = as.withDirectory(home);
    Launch launch = supervisor.launch(traced ? in.traced() : in);
    launches.add(launch);
    return launch;
  }

  private Program sql(String text) {
    List<String> command = new ArrayList<>(psql.command());
    command.addAll(List.of(text, "postgres"));
    return Program.of(command);
  }

  private void awaitAnswer(boolean traced) {
    Await.until(() -> launch(traced, sql("select 1")).awaitExit().equals(ExitStatus.exited(0)));
  }

  /** Runs a program to its end, and returns its output. */
  private String run(boolean traced, int code, Program program) {
    Launch launch = launch(traced, program);
    ExitStatus status = launch.awaitExit();
    assertThat(status).as(launch.stdout() + launch.stderr()).isEqualTo(ExitStatus.exited(code));
    return launch.stdout();
  }

  private void assertReportedIf(boolean traced) {
    for (Launch launch : launches) {
      launch.stop();
      if (traced) {
        assertThat(TraceFaults.of(launch)).as(launch.journal().toString()).isEmpty();
      }
    }
  }

  private static Path postgres() throws IOException {
    Path all = Path.of("/usr/lib/postgresql");
    assumeTrue(Files.isDirectory(all), "no " + all);
    try (Stream<Path> versions = Files.list(all)) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .findFirst()
          .orElse(all);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void postgresAnswersLosesABackendAndStops(boolean traced) throws Exception {
    Path bin = postgres();
    assumeTrue(Files.isExecutable(bin.resolve("initdb")), "no initdb");
    String data = home.resolve("data").toString();
    String initdb = bin.resolve("initdb").toString();
    run(
        traced,
        0,
        Program.of(initdb, "-D", data, "-A", "trust", "-U", "test", "-N", "--no-locale"));
    if (traced) {
      assertThat(executed(launches.get(0))).anyMatch(command -> command.contains("--single"));
    }

    Program program =
        Program.of(
            bin.resolve("postgres").toString(),
            "-D",
            data,
            "-k",
            home.toString(),
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=10");
    Launch server = launch(traced, program.withStopSignal(Signal.INT));
    server.awaitReady(Ready.unixSocket(home.resolve(".s.PGSQL.5432")));
    psql =
        Program.of(bin.resolve("psql").toString(), "-h", home.toString(), "-U", "test", "-XAtqc");
    awaitAnswer(traced);
    run(traced, 0, sql("create table t as select generate_series(1, 10000) i"));
    assertThat(run(traced, 0, sql("select sum(i) from t"))).isEqualTo("50005000\n");
    run(traced, 1, sql("select wrong"));
    String parallel =
        "set min_parallel_table_scan_size=0;"
            + " set parallel_setup_cost=0; set parallel_tuple_cost=0; select count(*) from t";
    assertThat(run(traced, 0, sql(parallel))).isEqualTo("10000\n");

    // A backend that is killed takes all others with it, and the server recovers.
    Launch client = launch(traced, sql("select pg_sleep(1000)"));
    Descendant backend = supervisor.awaitDescendant("postgres: test postgres * SELECT");
    backend.signal(Signal.KILL);
    assertThat(client.awaitExit()).isEqualTo(ExitStatus.exited(2));
    assertThat(backend.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    awaitAnswer(traced);
    assertThat(run(traced, 0, sql("select sum(i) from t"))).isEqualTo("50005000\n");
    assertThat(server.stderr()).contains("was terminated by signal 9", "ready to accept");

    Launch terminated = launch(traced, sql("select pg_sleep(2000)"));
    Descendant other = supervisor.awaitDescendant("postgres: test postgres * SELECT");
    String terminate =
        "select pg_terminate_backend(" + other.pid() + ") from pg_stat_activity limit 1";
    assertThat(run(traced, 0, sql(terminate))).isEqualTo("t\n");
    assertThat(terminated.awaitExit()).isEqualTo(ExitStatus.exited(2));
    assertThat(other.awaitExit()).isEqualTo(ExitStatus.exited(1));

    assertThat(server.stop().survivors()).isEmpty();
    assertThat(server.awaitExit()).as(server.stderr()).isEqualTo(ExitStatus.exited(0));
    assertReportedIf(traced);
    for (Descendant process :
        server.journal().events().stream().map(ProcessEvent::process).toList()) {
      assertThat(process.isAlive()).as(process.toString()).isFalse();
    }
  }

  private static String onPath(String program) {
    for (String directory : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(directory, program))) {
        return Path.of(directory, program).toString();
      }
    }
    return abort("no " + program);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void redisSavesInAChildAndStops(boolean traced) {
    Path socket = home.resolve("redis.sock");
    Launch server =
        launch(
            traced,
            Program.of(
                onPath("redis-server"),
                "--port",
                "0",
                "--unixsocket",
                socket.toString(),
                "--save",
                ""));
    server.awaitReady(Ready.unixSocket(socket));
    Program cli = Program.of(onPath("redis-cli"), "-s", socket.toString());
    assertThat(run(traced, 0, cli.withArguments("-s", socket.toString(), "set", "key", "value")))
        .isEqualTo("OK\n");
    assertThat(run(traced, 0, cli.withArguments("-s", socket.toString(), "bgsave")))
        .isEqualTo("Background saving started\n");
    server.awaitOutput("Background saving terminated with success");
    assertThat(home.resolve("dump.rdb")).exists();
    assertThat(server.stop().survivors()).isEmpty();
    assertThat(server.awaitExit()).as(server.stdout()).isEqualTo(ExitStatus.exited(0));
    assertReportedIf(traced);
    if (traced) {
      Descendant saved = TraceFaults.events(ProcessEvent.Forked.class, server).get(0).child();
      assertThat(saved.exitStatus()).contains(ExitStatus.exited(0));
    }
  }
}
