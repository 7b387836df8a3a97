package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.crash.CrashPoints;
import io.github.subreaper.junit.Daemon;
import io.github.subreaper.junit.SubreaperTest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.XZInputStream;

/**
 * One server for all tests of a class. What it forks belongs to the class, whichever test needs it.
 */
@SubreaperTest(await = "1 m")
class PostgresTest {
  private static final int NOBODY = 65534;

  @TempDir static Path dir;

  @SuppressWarnings("NullAway.Init") // the method of the daemon sets it
  private static Path socket;

  private static Descendant postmaster;

  @Daemon
  static Program postgres(Supervisor supervisor) throws IOException, InterruptedException {
    socket = dir.resolve(".s.PGSQL.5432");
    if (isRoot()) {
      Files.setAttribute(dir, "unix:uid", NOBODY);
    }
    unpack();
    Programs.requireLibrariesOf(dir.resolve("bin/postgres"), "libstdc++6");
    Path data = dir.resolve("data");
    Launch initdb =
        supervisor.launch(
            program("bin/initdb", "-D", "data", "-U", "postgres", "--no-locale", "--no-sync"));
    assertThat(initdb).exitsWithin(Duration.ofMinutes(1)).isExited(0);
    Files.writeString(
        data.resolve("postgresql.conf"),
        "listen_addresses = ''\nfsync = off\nunix_socket_directories = '" + dir + "'\n",
        StandardOpenOption.APPEND);

    String start = dir.resolve("bin/pg_ctl").toString();
    return Program.of(asOrdinaryUser(start, "start", "-D", ".", "-l", "log"))
        .withWorkingCopyOf(data)
        .withStopSignal(Signal.INT) // a fast shutdown at the end of the class
        .readyWhen(Ready.unixSocket(socket));
  }

  @BeforeAll
  static void findPostmaster(Launch postgres) {
    assertThat(postgres).exitsWith(0);
    postmaster = postgres.awaitOrphan();
  }

  private static void unpack() throws IOException, InterruptedException {
    Process tar =
        new ProcessBuilder(asOrdinaryUser("tar", "-xf", "-"))
            .directory(dir.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (InputStream archive =
            Artifacts.open("/postgres-linux-x86_64.txz", "/postgres-linux-arm_64.txz");
        InputStream uncompressed = new XZInputStream(archive);
        OutputStream toTar = tar.getOutputStream()) {
      uncompressed.transferTo(toTar);
    }
    assertThat(tar.waitFor()).isZero();
  }

  private static Program program(String... command) {
    return Program.of(asOrdinaryUser(command)).withDirectory(dir);
  }

  /** PostgreSQL refuses to run as root. */
  private static String[] asOrdinaryUser(String... command) {
    List<String> all = new ArrayList<>();
    if (isRoot()) {
      all.addAll(
          List.of(
              Programs.require("setpriv", "util-linux"),
              "--reuid=" + NOBODY,
              "--regid=" + NOBODY,
              "--clear-groups"));
    }
    all.addAll(List.of(command));
    return all.toArray(String[]::new);
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static Descendant child(Predicate<Descendant> wanted) {
    return await() // one that has just been forked says later what it is
        .atMost(Duration.ofMinutes(1))
        .until(() -> postmaster.children().stream().filter(wanted).findFirst(), Optional::isPresent)
        .orElseThrow();
  }

  /** Returns the process that serves this session. */
  private static Descendant backend(PostgresSession session) throws IOException {
    long pid = Long.parseLong(session.query("SELECT pg_backend_pid()"));
    return child(process -> process.pid() == pid);
  }

  @Test
  void serverIsAdoptedFromItsLauncher() throws IOException {
    assertThat(postmaster).isOrphan().hasName("*postgres -D *").listensOn(socket);

    try (PostgresSession session = PostgresSession.open(socket)) {
      assertThat(session.query("SELECT 6 * 7")).isEqualTo("42");
    }
  }

  @Test
  void processOfASessionBelongsToTheClassAndEndsWithTheSession(Supervisor supervisor)
      throws IOException {
    Descendant backend;
    try (PostgresSession session = PostgresSession.open(socket)) {
      backend = backend(session);
      assertThat(backend).isAlive().hasName("postgres: postgres postgres [local] *");
      assertThat(supervisor).hasNoProcesses();
    }

    assertThat(backend).exitsWithin(Duration.ofSeconds(30));
  }

  @Test
  void serverRecoversFromACrashedSession(Launch postgres) throws IOException {
    Descendant checkpointer =
        child(process -> process.commandLine().toString().contains("checkpointer"));
    try (PostgresSession session = PostgresSession.open(socket)) {
      Descendant backend = backend(session);
      backend.signal(Signal.SEGV);
      // Only its parent, the postmaster, gets its status: see the log.
      assertThat(backend).exitsWithin(Duration.ofSeconds(30));
    }

    // The postmaster ends all its processes and accepts no client until new ones are ready.
    assertThat(checkpointer).isRespawnedWithin(Duration.ofMinutes(1));
    await().atMost(Duration.ofMinutes(1)).until(() -> answers("SELECT 6 * 7"));
    assertThat(postmaster).isAlive();
    assertThat(postgres.directory().resolve("log"))
        .content()
        .contains("was terminated by signal 11");
  }

  @Test
  void committedDataSurvivesAKilledSession(Launch postgres) throws IOException {
    Descendant writer = child(process -> process.commandLine().toString().contains("walwriter"));
    try (PostgresSession session = PostgresSession.open(socket)) {
      session.query("CREATE TABLE kept AS SELECT 42 AS answer");
      backend(session).signal(Signal.KILL);
      // No session may go on with shared memory that another one left half-changed.
      assertThat(writer).isRespawnedWithin(Duration.ofMinutes(1));
    }

    postgres.awaitReady(
        Ready.when("the committed row is there", launch -> answers("SELECT answer FROM kept")),
        Duration.ofMinutes(1));
    assertThat(postmaster).isAlive();
  }

  private static boolean answers(String question) {
    try (PostgresSession session = PostgresSession.open(socket)) {
      return session.query(question).equals("42");
    } catch (IOException e) {
      return false; // it refuses connections so far
    }
  }

  /** A server of its own, a process of which crashes. */
  @SubreaperTest(await = "1 m")
  static class CrashTestCases {
    @Test
    void crashes(Supervisor supervisor) throws Exception {
      serve(supervisor);
      HiddenCrashesTest.crash(supervisor.awaitDescendant("postgres: checkpointer*"));
    }

    @Test
    void serves(Supervisor supervisor) throws IOException {
      serve(supervisor);
    }

    private static void serve(Supervisor supervisor) throws IOException {
      Launch server =
          supervisor.launch(
              Program.of(
                      asOrdinaryUser(dir.resolve("bin/postgres").toString(), "-D", ".", "-k", "."))
                  .withWorkingCopyOf(dir.resolve("data"))
                  .withStopSignal(Signal.INT));
      server.awaitReady(Ready.output("ready to accept connections"));
      try (PostgresSession session =
          PostgresSession.open(server.directory().resolve(".s.PGSQL.5432"))) {
        assertThat(session.query("SELECT 6 * 7")).isEqualTo("42");
      }
    }
  }

  @Test
  void crashOfAProcessThatTheServerReplacesFailsTheTest() {
    HiddenCrashesTest.assertFindsTheCrash(CrashTestCases.class, "postgres: checkpointer");
  }

  /** It does not start beside an empty one. */
  @Test
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
  void crashBeforeItsPidFileIsWrittenIsNotRecovered() {
    Program server =
        Program.of(dir.resolve("bin/postgres").toString(), "-D", ".", "-k", ".")
            .readyWhen(Ready.output("ready to accept connections"));
    CrashPoints points =
        CrashPoints.of(isRoot() ? server.withUser(NOBODY, NOBODY) : server, dir.resolve("data"));
    assertThatThrownBy(
            () ->
                points
                    .withPoint("postgres write postmaster.pid #1")
                    .check(
                        run -> {
                          run.during(launch -> {});
                          run.recover(launch -> {});
                        }))
        .hasMessageContaining("lock file \"postmaster.pid\" is empty")
        .hasMessageContaining("A second run failed, too.");
  }
}
