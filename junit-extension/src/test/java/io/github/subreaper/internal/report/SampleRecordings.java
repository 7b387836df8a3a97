package io.github.subreaper.internal.report;

import io.github.subreaper.ProcessEvent.Source;
import io.github.subreaper.internal.report.recording.Recording;
import io.github.subreaper.internal.report.recording.Recording.Cause;
import io.github.subreaper.internal.report.recording.Recording.End;
import io.github.subreaper.internal.report.recording.Recording.Mark;
import io.github.subreaper.internal.report.recording.Recording.Result;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Recordings of processes that never ran, for the viewer. */
public final class SampleRecordings {
  public static final String HOSTILE =
      "</script></title></style>\"><img src=x onerror=alert(1)>'--><svg onload=x>&amp;"
          + "::error file=a,line=1::x \u001b[31mred\u001b]0;title\u0007 \u009b1m \ud800 \udfff"
          + " \u202eevil\u2066 \ufeff \u0000\u0085\u2028 \uffff ]]> <!-- ${x} %s \\e";

  private SampleRecordings() {}

  public static Map<String, Recording> all() {
    Map<String, Recording> samples = new TreeMap<>();
    samples.put("small", small());
    samples.put("leak", leak());
    samples.put("hostile", hostile());
    samples.put("500", many(500));
    samples.put("300", equal());
    samples.put("1", one());
    samples.put("50", many(50));
    samples.put("8000", many(8_000));
    samples.put("empty", new MadeRecording().make());
    return samples;
  }

  /** A server whose workers are all equal. */
  static Recording equal() {
    MadeRecording made = new MadeRecording().phase("test", 0, 1_000);
    int server = made.exited(0, 1, 900, 0, "server");
    for (int i = 1; i < 300; i++) {
      made.killed(server, i, 800 + i / 10, "SIGTERM", Cause.STOP_SIGNAL, "sleep", "1200");
    }
    return made.make();
  }

  static Recording one() {
    MadeRecording made = new MadeRecording().phase("test", 0, 100);
    made.exited(0, 1, 50, 0, "sleep", "1");
    return made.before("  41001 ?  S  0:00 sleep 1").make();
  }

  /** A daemon, started by pg_ctl, that leaks: each kind of mark and each kind of end once. */
  public static Recording small() {
    MadeRecording made = new MadeRecording();
    made.with(
        MadeRecording.header(
            "com.acme.BillingTest",
            "stopsCleanly",
            "stopsCleanly()",
            Result.FAILED,
            "io.github.subreaper.junit.LeakedProcessesError: BillingTest.stopsCleanly() left postgres"
                + " with 1 process below it running (started at Billing.java:88)"));
    made.incomplete();
    made.phase("before", 0, 40).phase("test", 40, 2_400).phase("after", 2_400, 2_450);
    made.phase("end", 2_450, 3_600);
    int ctl = launcher(made);
    End term =
        new End(null, "SIGTERM", false, Cause.STOP_SIGNAL, "this JVM", 0, "killed by SIGTERM");
    int postgres =
        made.add(
            ctl,
            300,
            Source.TRACE,
            2_700.0,
            620.0,
            term,
            EnumSet.of(Mark.ADOPTED, Mark.LEAKED, Mark.TRACED),
            List.of("postgres", "-D", "/tmp/x"));
    made.event(620, "adopted", postgres, "adopted; its parent was 41001", ctl, null);
    made.event(900, "ready", postgres, "ready: TCP port 5433", 0, null);
    made.event(1_200, "stopped", postgres, "stopped by SIGSTOP", 0, null);
    made.event(1_500, "continued", postgres, "continued", 0, null);
    int core = workers(made, postgres);
    made.event(2_000, "signaled", core, "got SIGSEGV: a fault", 0, "SIGSEGV");
    made.event(2_500, "signaled", postgres, "was sent SIGTERM by this JVM", 0, "SIGTERM");
    made.event(2_450, "scope_ended", 0, "the scope BillingTest.stopsCleanly() ended", 0, null);
    made.before(
        "  41003 ?        Ss     0:00 postgres -D /tmp/x                 adopted 580 ms after"
            + " launch, parent was 41001",
        "  41004 ?        S      0:00  \\_ postgres: checkpointer",
        "  41005 ?        S      0:00  \\_ postgres: autovacuum launcher",
        "  41008 ?        S      0:00 sleep 1000");
    made.after("  41008 ?        S      0:00 sleep 1000");
    made.output("pg_ctl start -D /tmp/x", "stdout", "waiting for server to start....\n", false);
    made.output(
        "pg_ctl start -D /tmp/x",
        "stderr",
        "\u001b[33mLOG:\u001b[0m  listening on 127.0.0.1:5433\n\tdatabase system is ready\n",
        true);
    return made.make();
  }

  private static int launcher(MadeRecording made) {
    End zero = new End(0, null, false, Cause.BY_ITSELF, null, 0, "exited 0");
    int ctl =
        made.add(
            0,
            45,
            Source.TRACE,
            600.0,
            null,
            zero,
            EnumSet.of(Mark.LAUNCHED, Mark.TRACED),
            List.of("pg_ctl", "start", "-D", "/tmp/x"));
    made.exited(ctl, 80, 250, 1, "initdb", "-D", "/tmp/x");
    return ctl;
  }

  /** Returns the number of the one that dumps core. */
  private static int workers(MadeRecording made, int postgres) {
    made.killed(postgres, 700, 3_500, "SIGKILL", Cause.KILL, "postgres: checkpointer");
    made.killed(postgres, 720, 1_900, "SIGTERM", Cause.BY_ITSELF, "postgres: autovacuum launcher");
    End segv = new End(null, "SIGSEGV", true, Cause.BY_ITSELF, "a fault", 0, "killed by SIGSEGV");
    int core =
        made.add(
            postgres,
            1_000,
            Source.TRACE,
            2_000.0,
            null,
            segv,
            EnumSet.of(Mark.TRACED),
            List.of("postgres: walwriter"));
    made.add(
        postgres,
        1_100,
        Source.SCAN,
        1_150.0,
        null,
        null,
        EnumSet.noneOf(Mark.class),
        List.of("sh", "-c", "true"));
    made.alive(0, -500, EnumSet.of(Mark.SURVIVOR, Mark.FOREIGN), "sleep", "1000");
    return core;
  }

  /** A test that starts PostgreSQL and forgets to stop it: the page that the README shows. */
  static Recording leak() {
    MadeRecording made = new MadeRecording();
    made.with(
        MadeRecording.header(
            "com.acme.BillingTest",
            "refundsAreBooked",
            "refundsAreBooked()",
            Result.FAILED,
            """
            BillingTest.refundsAreBooked() left postgres with 4 processes below it running\
             (started at Database.java:88)
              41003 postgres -D /tmp/pg, listening on 127.0.0.1:5433, /tmp/.s.PGSQL.5433; exited 0\
             after SIGTERM
               \\_ 41004 postgres: checkpointer
               \\_ 41005 postgres: walwriter
               \\_ 41006 postgres: autovacuum launcher
               \\_ 41007 postgres: billing app 127.0.0.1(51234) idle
              last output stdout: "server started"
              To fix: stop them in @AfterEach, or allow them: survivors = "postgres*"
            """
                .stripTrailing()));
    made.scope("BillingTest.refundsAreBooked()")
        .startedBy("com.acme.Database.start(Database.java:88)");
    made.phase("before", 0, 780).phase("test", 780, 2_300).phase("end", 2_300, 3_620);
    made.exited(0, 40, 210, 0, "initdb", "-D", "/tmp/pg");
    End zero = new End(0, null, false, Cause.BY_ITSELF, null, 0, "exited 0");
    int ctl =
        made.add(
            0,
            240,
            Source.TRACE,
            730.0,
            null,
            zero,
            EnumSet.of(Mark.LAUNCHED, Mark.TRACED),
            List.of("pg_ctl", "start", "-w", "-D", "/tmp/pg"));
    int postgres = ended(made, ctl, 270, 3_560, 735.0, "postgres", "-D", "/tmp/pg");
    made.event(700, "ready", ctl, "ready: TCP port 5433", 0, null);
    made.event(735, "adopted", postgres, "adopted; its parent was 41002", ctl, null);
    ended(made, postgres, 420, 3_520, null, "postgres: checkpointer");
    ended(made, postgres, 430, 3_470, null, "postgres: walwriter");
    ended(made, postgres, 445, 3_440, null, "postgres: autovacuum launcher");
    ended(made, postgres, 1_010, 3_400, null, "postgres: billing app 127.0.0.1(51234) idle");
    made.startedBy("com.acme.BillingTest.refundsAreBooked(BillingTest.java:57)");
    int worker = made.exited(0, 900, 1_940, 0, "billing-worker", "--queue=refunds");
    made.event(1_020, "ready", worker, "ready: the line /^waiting for refunds$/", 0, null);
    made.exited(worker, 1_300, 1_460, 0, "pdftk", "refund-1.pdf", "stamp", "paid.pdf");
    End crash = new End(null, "SIGSEGV", true, Cause.BY_ITSELF, "a fault", 0, "killed by SIGSEGV");
    made.add(
        worker,
        1_520,
        Source.TRACE,
        1_690.0,
        null,
        crash,
        EnumSet.of(Mark.TRACED),
        List.of("pdftk", "refund-2.pdf", "stamp", "paid.pdf"));
    made.exited(worker, 1_720, 1_880, 0, "pdftk", "refund-2.pdf", "stamp", "paid.pdf");
    made.event(1_950, "signaled", postgres, "got SIGHUP by pg_ctl reload", 0, "SIGHUP");
    made.event(3_330, "signaled", postgres, "was sent SIGTERM: asked to end", 0, "SIGTERM");
    made.before(
        "  41003 ?        Ss     0:00 postgres -D /tmp/pg    adopted 495 ms after launch, parent was"
            + " 41002",
        "  41004 ?        Ss     0:00  \\_ postgres: checkpointer",
        "  41005 ?        Ss     0:00  \\_ postgres: walwriter",
        "  41006 ?        Ss     0:00  \\_ postgres: autovacuum launcher",
        "  41007 ?        Ss     0:00  \\_ postgres: billing app 127.0.0.1(51234) idle");
    made.output(
        "pg_ctl start -w -D /tmp/pg",
        "stdout",
        "waiting for server to start.... done\nserver started\n",
        false);
    return made.make();
  }

  /** A leak that ended after the library's stop signal. */
  private static int ended(
      MadeRecording made,
      int parent,
      double born,
      double ended,
      @Nullable Double adopted,
      String... command) {
    End end = new End(0, null, false, Cause.STOP_SIGNAL, null, 0, "exited 0");
    EnumSet<Mark> marks = EnumSet.of(Mark.LEAKED, Mark.TRACED);
    if (adopted != null) {
      marks.add(Mark.ADOPTED);
    }
    return made.add(parent, born, Source.TRACE, ended, adopted, end, marks, List.of(command));
  }

  /** Whatever a process can choose, and a file can say, is hostile. */
  static Recording hostile() {
    MadeRecording made = new MadeRecording();
    made.with(MadeRecording.header("a." + HOSTILE, HOSTILE, HOSTILE, Result.FAILED, HOSTILE));
    made.phase(HOSTILE, 0, 100).scope("nested " + HOSTILE);
    int parent = made.exited(0, 1, 50, 0, HOSTILE, "\n\t\r", "x".repeat(1 << 20));
    made.event(20, "signaled", parent, HOSTILE, 0, HOSTILE);
    made.event(20, "events_lost", 0, HOSTILE, 99, null);
    int child = made.killed(parent, 10, 40, HOSTILE, null, "\ud83d\ude00".repeat(300_000));
    made.exited(child, 10, 40, 0, "\u001b".repeat(1 << 20));
    made.before(HOSTILE, "  41001 ? " + HOSTILE, "99999999999999999999 x");
    made.after(" ".repeat(100_000) + HOSTILE);
    made.output(HOSTILE, HOSTILE, "\n" + HOSTILE + "\r\n" + "y\n".repeat(100_000), true);
    return made.make();
  }

  /** A server with workers of three kinds, and their helpers. */
  public static Recording many(int count) {
    MadeRecording made = new MadeRecording();
    made.phase("before", 0, 100).phase("test", 100, 9_000).phase("end", 9_000, 10_000);
    int server = made.exited(0, 110, 9_500, 0, "/usr/sbin/server", "--workers=" + count);
    made.before("  41001 ?        Ss     0:00 /usr/sbin/server");
    int worker = server;
    for (int i = 1; i < count; i++) {
      double born = 200 + 8_000.0 * i / count;
      int parent = i % 5 == 0 ? worker : server;
      String[] command = {
        "/usr/lib/server/worker",
        "--id=" + (count > 500 ? i % 7 : i),
        "--config=/etc/server/worker.conf"
      };
      worker =
          i % 3 == 0
              ? made.killed(parent, born, born + 700, "SIGTERM", Cause.BY_ITSELF, command)
              : made.exited(parent, born, born + 300 + i % 11, i % 7 == 0 ? 1 : 0, command);
      made.before(
          "  " + (41_000 + worker) + " ?        S      0:00  \\_ " + String.join(" ", command));
    }
    return made.make();
  }
}
