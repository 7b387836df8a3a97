package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.crash.CrashRun;
import io.github.subreaper.junit.CrashTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.listeners.TestExecutionSummary.Failure;

/** Faults of others' programs: each sweep fails at the point of its fault, and at no other. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
@Tag("slow")
class KnownCrashFaultsTest {
  /** The first write of LMDB, of two pages, is torn: it takes the file for another's. */
  static class LmdbTestCases {
    @TempDir Path prepared;

    @BeforeEach
    void prepare() throws IOException {
      Files.createDirectory(prepared.resolve("db"));
      Files.writeString(
          prepared.resolve("dump"),
          "VERSION=3\nformat=print\nHEADER=END\n key\n value\nDATA=END\n");
    }

    @CrashTest(cutWrites = true)
    void loadsAgain(CrashRun run) throws Exception {
      Program load = Program.of(Programs.require("mdb_load", "lmdb-utils"), "-f", "dump", "db");
      run.in(prepared).launch(load).during(Launch::awaitExit);
      run.recover(again -> assertThat(again).exitsWith(0));
    }
  }

  @Test
  void lmdbDoesNotOpenAfterATornFirstWrite() {
    Programs.require("mdb_load", "lmdb-utils");
    assertFindsOnly(
        LmdbTestCases.class,
        "in the middle of mdb_load pwrite db/data.mdb #1",
        "MDB_INVALID: File is not an LMDB file");
  }

  /** Its database is one of LMDB. */
  static class SlapdTestCases {
    private static final byte[] ANONYMOUS_BIND = {48, 12, 2, 1, 1, 96, 7, 2, 1, 3, 4, 0, -128, 0};

    @TempDir Path prepared;

    @BeforeEach
    void prepare() throws IOException {
      Files.createDirectory(prepared.resolve("db"));
      Files.writeString(
          prepared.resolve("conf"),
          """
          modulepath /usr/lib/ldap
          moduleload back_mdb
          database mdb
          suffix "cn=example"
          directory db
          """);
    }

    @CrashTest(cutWrites = true)
    void startsAgain(CrashRun run) throws Exception {
      String slapd = Programs.require("slapd", "slapd");
      run.in(prepared)
          .launch(Program.of(slapd, "-f", "conf", "-h", "ldapi://socket", "-d", "stats"))
          .during(server -> bind(run, server));
      run.recover(server -> bind(run, server));
    }

    /** It says that it starts before it can end well: an answer shows that it has started. */
    private static void bind(CrashRun run, Launch server) throws IOException {
      Path socket = run.directory().resolve("socket");
      server.awaitReady(Ready.unixSocket(socket));
      try (Connection client = Connection.to(socket)) {
        client.send(ByteBuffer.wrap(ANONYMOUS_BIND));
        assertThat(client.input().read()).isPositive();
      }
    }
  }

  @Test
  void slapdDoesNotStartAfterATornFirstWrite() {
    Programs.require("slapd", "slapd");
    assertFindsOnly(
        SlapdTestCases.class,
        "in the middle of slapd pwrite db/data.mdb #1",
        "MDB_INVALID: File is not an LMDB file");
  }

  /** A socket that is left over is not replaced. */
  static class NginxTestCases {
    @TempDir Path prepared;

    @BeforeEach
    void prepare() throws IOException {
      Files.writeString(
          prepared.resolve("conf"),
          """
          user root;
          daemon off;
          pid pid;
          events {}
          http {
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            server { listen unix:socket; }
          }
          """);
    }

    @CrashTest(at = "nginx bind socket #1")
    void startsBeforeItsSocketIsThere(CrashRun run) throws Exception {
      startsAgain(run);
    }

    @CrashTest(at = "nginx chmod socket #1")
    void startsBesideItsSocket(CrashRun run) throws Exception {
      startsAgain(run);
    }

    private void startsAgain(CrashRun run) throws Exception {
      String nginx = Programs.require("nginx", "nginx");
      run.in(prepared)
          .launch(Program.of(nginx, "-p", ".", "-c", "conf", "-e", "stderr"))
          .during(server -> awaitSocket(run, server));
      run.recover(server -> awaitSocket(run, server));
    }

    /** Its socket is there before it handles SIGTERM, which then leaves the socket. */
    private static void awaitSocket(CrashRun run, Launch server) {
      Ready listens = Ready.unixSocket(run.directory().resolve("socket"));
      server.awaitReady(Ready.all(listens, Ready.pidFile(run.directory().resolve("pid"))));
    }
  }

  @Test
  void nginxDoesNotReplaceItsSocket() {
    Programs.require("nginx", "nginx");
    assertFindsOnly(
        NginxTestCases.class,
        "before nginx chmod socket #1",
        "failed (98: Address already in use)");
  }

  /** A journal whose end is not on the disk undoes, once it is back, what was committed. */
  static class SqliteTestCases {
    private final String sqlite = Programs.require("sqlite3", "sqlite3");
    @TempDir Path prepared;

    @BeforeEach
    void prepare() throws Exception {
      String file = prepared.resolve("db").toString();
      assertThat(new ProcessBuilder(sqlite, file, "CREATE TABLE t(i)").start().waitFor()).isZero();
    }

    @CrashTest(powerCuts = true)
    void full(CrashRun run) throws Exception {
      keepsWhatItCommitted(run, "FULL");
    }

    @CrashTest(powerCuts = true)
    void extra(CrashRun run) throws Exception {
      keepsWhatItCommitted(run, "EXTRA");
    }

    private void keepsWhatItCommitted(CrashRun run, String synchronous) throws Exception {
      String[] sql = {
        "PRAGMA synchronous = " + synchronous, "INSERT INTO t VALUES (1)", "SELECT 'committed'"
      };
      List<String> printed = new ArrayList<>();
      run.in(prepared)
          .launch(Program.of(sqlite, "db", sql[0], sql[1], sql[2]))
          .during(
              insert -> {
                insert.awaitExit();
                printed.add(insert.stdout().strip());
              });
      run.recover(
          Program.of(sqlite, "db", "SELECT count(*) FROM t"),
          count ->
              assertThat(count)
                  .exitsWith(0)
                  .hasStdoutMatching(printed.contains("committed") ? "^1$" : "^[01]$"));
    }
  }

  @Test
  void sqliteLosesACommitAtAPowerCutUnlessItIsExtraSynchronous() {
    Programs.require("sqlite3", "sqlite3");
    assertFindsOnly(
        SqliteTestCases.class,
        "power cut before sqlite3 exit #1, names lost",
        " db PRAGMA synchronous = FULL INSERT ");
  }

  private static void assertFindsOnly(Class<?> sweep, String crash, String output) {
    List<Failure> failures = Suite.failures(sweep);
    assertThat(failures)
        .extracting(one -> one.getTestIdentifier().getDisplayName())
        .containsExactly(crash);
    assertThat(failures.get(0).getException())
        .hasMessageContaining(output)
        .hasMessageContaining("A second run failed, too.");
  }
}
