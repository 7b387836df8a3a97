package io.github.subreaper.pages;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.signaled;
import static io.github.subreaper.waits.Await.LONG;
import static java.util.Map.entry;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.Descendant;
import io.github.subreaper.Frozen;
import io.github.subreaper.Launch;
import io.github.subreaper.LaunchException;
import io.github.subreaper.Port;
import io.github.subreaper.Ports;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.assertj.Listener;
import io.github.subreaper.assertj.RealScope;
import io.github.subreaper.junit.Required;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What the examples of the pages need, by chapter or by row. */
public final class Fixtures {
  /** By page and chapter or, before that, by page, chapter and row. */
  static final Map<String, Supplier<? extends Fixture>> ALL =
      Map.ofEntries(
          entry("BUILD.md: In your build", FirstTest::new),
          entry("ASSERTIONS.md: Terminals and sockets", Terminals::new),
          entry("ASSERTIONS.md: Scopes", WithinATest::new),
          entry("TRACE.md: The trace", Traced::new),
          entry("ASSERTIONS.md: What to launch", WhatToLaunch::new),
          entry("ASSERTIONS.md: Shapes", Shapes::new),
          entry("ASSERTIONS.md: Waiting and readiness", Waiting::new),
          entry("ASSERTIONS.md: Processes and output", Awaited::new),
          entry("ASSERTIONS.md: A daemon that notifies", Notifying::new),
          entry("ASSERTIONS.md: With Awaitility", WithAwaitility::new),
          entry("ASSERTIONS.md: Faults", Faults::new),
          entry("ASSERTIONS.md: Processes", Processes::new),
          entry("ASSERTIONS.md: Launches", Launches::new),
          entry("ASSERTIONS.md: The journal", TheJournal::new),
          entry("ASSERTIONS.md: Is it a daemon?", Daemonized::new),
          entry("ASSERTIONS.md: Cookbook", Cookbook::new),
          entry("ASSERTIONS.md: Cookbook: refuse to start twice", Running::new),
          entry("ASSERTIONS.md: Cookbook: not restart crashing workers in a loop", Running::new),
          entry(
              "ASSERTIONS.md: Cookbook: listen on loopback addresses only",
              () -> new Cookbook("tcp")),
          entry("ASSERTIONS.md: Cookbook: drop root", Unprivileged::new),
          entry(
              "ASSERTIONS.md: Cookbook: survive a peer that hangs, and notice when it is back",
              Peers::new));

  private Fixtures() {}

  private static Launch exited(Launch launch) {
    assertThat(launch).exitsWith(0);
    return launch;
  }

  public static final class FirstTest extends Fixture {
    private Descendant left;

    @Override
    public void within(Object opened) {
      Launch launch = ((Supervisor) opened).launch("sh", "-c", "sleep 1000 &");
      left = exited(launch).awaitOrphan();
      assertThat(left).isAlive();
    }

    @Override
    void verify(Map<?, ?> declared) {
      assertThat(left.exitStatus()).contains(signaled(Signal.TERM));
    }
  }

  public static final class Terminals extends Fixture {}

  public static final class WithinATest extends Fixture {
    @Override
    void verify(Map<?, ?> declared) {
      assertThat((Launch) declared.get("server")).isAlive();
    }
  }

  public static final class Traced extends Fixture {
    @Override
    void verify(Map<?, ?> declared) {
      assertThat(((Launch) declared.get("launch")).journal().isExact()).isTrue();
    }
  }

  /** A tree whose command lines look like those of nginx: a shell under another name. */
  public static final class Shapes extends Fixture {

    public String pattern() {
      return "nginx: master process * [orphan]\n  nginx: worker process {2}";
    }

    public Launch launch() throws IOException {
      Path shell = Path.of("/bin/sh").toRealPath();
      assumeTrue(!shell.endsWith("busybox"), "busybox runs under the names of its programs only");
      Files.copy(shell, directory().resolve("nginx:"), StandardCopyOption.COPY_ATTRIBUTES);
      Files.writeString(
          directory().resolve("master"),
          "nginx: worker process & nginx: worker process & exec 8<>hold; read line <&8");
      Files.writeString(directory().resolve("worker"), "exec 8<>hold; read line <&8");
      String start = "mkfifo hold; PATH=$PWD:$PATH; nginx: master process daemon &";
      Launch launch = supervisor().launch(Program.of("sh", "-c", start).withDirectory(directory()));
      assertThat(launch).hasShapeWithin(LONG, pattern());
      return launch;
    }
  }

  public static final class Waiting extends Fixture {
    private Launch launch;

    public Launch launch() {
      if (launch == null) {
        List<String> command = new ArrayList<>(List.of("sh", "-c"));
        command.add(
            "log=$1; pid=$2; shift 2;"
                + " echo ready to accept > $log; echo $$ > $pid; echo listening; exec \"$@\"");
        command.addAll(List.of("sh", log().toString(), pidFile().toString()));
        command.addAll(List.of(Listener.on()));
        launch = supervisor().launch(command.toArray(String[]::new));
      }
      return launch;
    }

    public int port() {
      return launch().awaitListening().getPort();
    }

    public Path log() {
      return directory().resolve("log");
    }

    public Path pidFile() {
      return directory().resolve("pid");
    }

    public Path path() {
      return directory().resolve("file");
    }
  }

  /** A server and three workers: a shell under another name. One of the workers is an orphan. */
  public static final class Awaited extends Fixture {
    private Launch launch;

    @Override
    void prepare() throws IOException {
      Path shell = Path.of("/bin/sh").toRealPath();
      assumeTrue(!shell.endsWith("busybox"), "busybox runs under the names of its programs only");
      Files.copy(shell, directory().resolve("worker"), StandardCopyOption.COPY_ATTRIBUTES);
      Files.writeString(directory().resolve("work"), "exec 8<>hold; read line <&8");
      String start =
          "mkfifo hold; ($PWD/worker work &); ./worker work & ./worker work & echo listening;"
              + " exec \"$@\"";
      List<String> command = new ArrayList<>(List.of("sh", "-c", start, "sh"));
      command.addAll(List.of(Listener.on()));
      launch = supervisor().launch(Program.of(command).withDirectory(directory()));
    }

    public Launch launch() {
      return launch;
    }

    public int port() {
      return launch.awaitListening().getPort();
    }

    @Override
    void verify(Map<?, ?> declared) {
      if (declared.containsKey("line")) {
        assertThat(declared.get("line")).isEqualTo("listening");
      }
      if (declared.get("workers") instanceof List<?> workers) {
        assertThat(workers).hasSize(3);
      }
    }
  }

  public static final class TheJournal extends Fixture {
    private Launch launch;

    public Launch launch() {
      if (launch == null) {
        launch = exited(supervisor().launch("sh", "-c", "sh -c 'sleep 0.1; exit 7' &"));
      }
      return launch;
    }

    public Descendant daemon() {
      Descendant daemon = launch().awaitOrphan();
      assertThat(daemon).exitsWith(7);
      return daemon;
    }

    public String[] command() {
      return new String[] {"sh", "-c", "sleep 1000 & exit 0"};
    }
  }

  public static final class Notifying extends Fixture {

    public String[] command() {
      assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-notify")), "no systemd-notify");
      return new String[] {
        "sh", "-c", "systemd-notify --ready --status=serving --pid=$$; exec sleep 1000"
      };
    }

    @Override
    void verify(Map<?, ?> declared) {
      assertThat(declared.get("status")).isEqualTo("serving");
      assertThat(declared.get("main")).isEqualTo(((Launch) declared.get("launch")).process());
    }
  }

  public static final class WithAwaitility extends Fixture {

    public Launch launch() {
      return supervisor()
          .launch("sh", "-c", "echo listening; : >\"$1\"; exec sleep 1000", "sh", "" + index());
    }

    public Path index() {
      return directory().resolve("index");
    }
  }

  public static final class Faults extends Fixture {

    public Descendant worker() {
      Launch launch = supervisor().launch("sh", "-c", "while :; do sleep 1000; done");
      return RealScope.sleepBelow(launch.process());
    }

    public Descendant process() {
      return supervisor().launch("sleep", "1000").process();
    }

    @Override
    public void within(Object frozen) {
      assertThat(((Frozen) frozen).processes()).hasSize(1);
    }

    public String[] command() {
      return new String[] {"sh", "-c", "ulimit -Sn; nice; umask"};
    }

    public Program program() {
      return Program.of(command());
    }

    public int uid() {
      return 65534;
    }

    public int gid() {
      return 65534;
    }

    @Override
    void verify(Map<?, ?> declared) {
      if (declared.get("program") instanceof Program program) {
        assertThat(supervisor().launch(program)).exitsWith(0).hasStdout("64\n5\n0077");
      }
    }
  }

  public static final class WhatToLaunch extends Fixture {
    public Program program() {
      return Program.of("true");
    }

    public Path path() {
      return directory();
    }

    public Duration limit() {
      return Duration.ofSeconds(5);
    }

    public Port port() {
      return Ports.free();
    }

    public Launch launch() {
      return supervisor().launch(Program.of("cat").withPipedInput().withPort("redis", port()));
    }
  }

  public static final class Processes extends Fixture {
    private Descendant master;

    public Descendant subject() {
      return worker();
    }

    /** Returns a process with the arguments of the table: sort waits for a writer of the FIFO. */
    public Descendant p() {
      exited(supervisor().launch(Program.of("mkfifo", "x.conf").withDirectory(directory())));
      return supervisor()
          .launch(Program.of("sort", "-c", "x.conf").withDirectory(directory()))
          .process();
    }

    public Descendant master() {
      if (master == null) {
        Program program =
            Program.of("sh", "-c", "sleep 1000; true").withEnvironment("MODE", "test");
        master = supervisor().launch(program).process();
      }
      return master;
    }

    public Descendant worker() {
      return RealScope.sleepBelow(master());
    }

    public Duration limit() {
      return LONG;
    }

    public Path secret() {
      return directory().resolve("secret");
    }

    public Path path() {
      return directory().resolve("file");
    }

    public Launch launch() {
      Launch launch = supervisor().launch("sh", "-c", "sh -c 'sleep 1000; true' &");
      launch.awaitOrphan();
      return launch;
    }
  }

  public static final class Launches extends Fixture {

    public Launch subject() {
      return launch();
    }

    public Launch launch() {
      Launch launch =
          supervisor()
              .launch(
                  "sh", "-c", "echo started in $PWD; echo warning: old >&2; sleep 1000 & exit 0");
      launch.awaitOrphan();
      return launch;
    }

    public Duration limit() {
      return LONG;
    }

    public Path path() {
      return directory().resolve("file");
    }
  }

  public static final class Daemonized extends Fixture {

    public Path pidFile() {
      return directory().resolve("pid");
    }

    public String[] command() {
      String daemon =
          "umask 0; cd /; exec 9<&- >/dev/null 2>&1; echo $$ > " + pidFile() + "; exec sleep 1000";
      return new String[] {
        "sh",
        "-c",
        "setsid sh -c '" + daemon + "' </dev/null & until [ -s " + pidFile() + " ]; do :; done"
      };
    }
  }

  /** The daemon of {@code exemplary.c}, which does all that the rows ask for. */
  public static class Cookbook extends Fixture {
    private final List<String> words;
    private Launch launch;

    Cookbook(String... words) {
      this.words = List.of(words);
    }

    /** Compiles the daemon for the first row. */
    private Path exemplary() throws IOException {
      Path program = inShared("exemplary");
      if (Files.notExists(program)) {
        Path source = inShared("exemplary.c");
        try (InputStream resource = Fixtures.class.getResourceAsStream("/c/exemplary.c")) {
          Files.copy(resource, source, StandardCopyOption.REPLACE_EXISTING);
        }
        try {
          exited(supervisor().launch("cc", "-o", program.toString(), source.toString()));
        } catch (LaunchException e) {
          Required.orSkip(false, "no C compiler: apt-get install gcc libc6-dev");
        }
      }
      return program;
    }

    public String[] command() throws IOException {
      return command(words);
    }

    private String[] command(List<String> more) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(exemplary().toString());
      command.add(directory().toString());
      command.addAll(more);
      return command.toArray(String[]::new);
    }

    public String[] toDevFull() throws IOException {
      return command(List.of("full"));
    }

    public Program program() throws IOException {
      return Program.of(command())
          .withDirectory(directory())
          .withCanaries()
          .withEnvironment("SECRET", "swordfish");
    }

    public Launch launch() throws IOException {
      if (launch == null) {
        launch = supervisor().launch(program());
      }
      return launch;
    }

    public Descendant daemon() throws IOException {
      return exited(launch()).awaitOrphan();
    }

    public Descendant worker() throws IOException {
      assertThat(launch()).hasShapeWithin(LONG, "...\nexemplary\n  worker * {2}");
      return launch().tree().find("worker *").get(0);
    }

    /** Returns a limit that no example reaches because the machine is busy. */
    public Duration limit() {
      return LONG;
    }

    public Path pidFile() {
      return directory().resolve("pid");
    }

    public Path socket() {
      return directory().resolve("socket");
    }

    public Path log() {
      return directory().resolve("log");
    }

    public Path old() {
      return directory().resolve("log.1");
    }

    public Path secret() {
      return directory().resolve("secret");
    }

    @Override
    void verify(Map<?, ?> declared) {
      if (declared.get("daemon") instanceof Descendant daemon) {
        assertThat(daemon).isAlive();
      }
    }
  }

  /** Begins when the daemon runs. */
  public static final class Running extends Cookbook {

    @Override
    void prepare() throws IOException {
      daemon();
    }
  }

  public static final class Unprivileged extends Cookbook {
    Unprivileged() {
      super("nobody", "alone");
    }

    @Override
    public Program program() throws IOException {
      assumeTrue("root".equals(System.getProperty("user.name")), "only root can");
      return super.program();
    }
  }

  /** A peer that answers each ping, and a program that notices if it does not. */
  public static final class Peers extends Cookbook {
    private Descendant peer;

    public Descendant peer() {
      if (peer == null) {
        Launch answering =
            supervisor()
                .launch(
                    inDirectory(
                        """
                        mkfifo ask answer
                        exec 8<>ask 9<>answer
                        echo made
                        while read -r line <&8; do echo pong >&9; done
                        """));
        answering.awaitOutput("made");
        peer = answering.process();
      }
      return peer;
    }

    @Override
    public Program program() {
      peer();
      return inDirectory(
          """
          exec 8<>ask 9<>answer
          peer=new
          while :; do
            echo ping >&8
            case $peer-$(timeout 1 head -c 5 <&9) in
              new-pong) peer=up; echo peer answers ;;
              up-) peer=down; echo peer timed out ;;
              down-pong) peer=up; echo peer is back ;;
            esac
            sleep 0.1
          done
          """);
    }

    @Override
    public Launch launch() throws IOException {
      Launch launch = super.launch();
      launch.awaitOutput("peer answers");
      return launch;
    }

    @Override
    public Descendant daemon() throws IOException {
      return launch().process();
    }

    private Program inDirectory(String script) {
      return Program.of("sh", "-c", script).withDirectory(directory());
    }
  }
}
