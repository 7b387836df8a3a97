package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.ChildJvm;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits, nice value, umask and user of a launch apply from the program's first instruction on. */
@Timeout(300)
@Tag("slow")
class SetupTest extends ScopeFixture {
  private static final boolean ROOT = KERNEL.procfs.statusNumber(Procfs.SELF, "Uid") == 0;
  private static final int NOBODY = 65_534;

  private static final List<String> TAKEN_BY_SHELLS =
      List.of(
          "_",
          "PWD",
          "OLDPWD",
          "SHLVL",
          "IFS",
          "ENV",
          "PS1",
          "PS2",
          "PS4",
          "OPTIND",
          "OPTARG",
          "PPID",
          "UID",
          "EUID",
          "GROUPS",
          "RANDOM",
          "SECONDS",
          "LINENO",
          "COLUMNS",
          "HISTCMD",
          "SHELLOPTS",
          "BASHOPTS",
          "BASH_ENV",
          "POSIXLY_CORRECT",
          "LC_ALL",
          "LANG",
          "LD_PRELOAD");

  private String output(Program program) {
    Launch launch = scope.launch(program);
    assertThat(launch.awaitExit()).as(launch.stderr()).isEqualTo(ExitStatus.exited(0));
    return launch.stdout();
  }

  private static Program sh(String script) {
    return Program.of("sh", "-c", script);
  }

  /** Asserts that a refusal of the system fails the call and leaves nothing. */
  private AbstractThrowableAssert<?, ?> assertRefused(Program program) throws Exception {
    Traces before = Traces.look();
    List<Descendant> known = scope.descendants();
    AbstractThrowableAssert<?, ?> refused =
        assertThatThrownBy(() -> scope.launch(program)).isInstanceOf(LaunchException.class);
    assertThat(Traces.look()).isEqualTo(before);
    assertThat(scope.tree().size()).isZero();
    assertThat(scope.descendants()).isEqualTo(known);
    assertThat(scope.launch("true").awaitExit()).isEqualTo(ExitStatus.exited(0));
    return refused;
  }

  // limits ---------------------------------------------------------------------------------------

  @Test
  void limitAppliesToTheProgramAndItsDescendants() {
    Program program =
        sh("ulimit -Sn; ulimit -Hn; ulimit -Sc; sh -c 'ulimit -Sn'")
            .withLimit("nofile", 64, 128)
            .withLimit("CORE", 0, 0);
    assertThat(output(program)).isEqualTo("64\n128\n0\n64\n");
    assertThat(output(program.withLimit("NoFile", 65, 128))).startsWith("65\n128\n");
  }

  @Test
  void limitOfALaunchChangesNeitherThisJvmNorTheNextLaunch() {
    String before = output(sh("ulimit -Sn"));
    assertThat(output(sh("ulimit -Sn").withLimit("nofile", 64, 128))).isEqualTo("64\n");
    assertThat(output(sh("ulimit -Sn"))).isEqualTo(before);
  }

  @Test
  void unlimitedIsAValidLimit() {
    assertThat(output(sh("ulimit -Sc").withLimit("core", 0, Program.UNLIMITED))).isEqualTo("0\n");
    Program unlimited = sh("ulimit -St").withLimit("cpu", Program.UNLIMITED, Program.UNLIMITED);
    assertThat(output(unlimited)).isEqualTo("unlimited\n");
  }

  @Test
  void limitThatTheKernelRefusesFailsTheCall() throws Exception {
    long tooMany = 1L << 40;
    String most;
    try (BufferedReader file = Files.newBufferedReader(Path.of("/proc/sys/fs/nr_open"))) {
      most = file.readLine(); // such a file can only be read at once
    }
    assertRefused(Program.of("sleep", "1000").withLimit("nofile", 10, tooMany))
        .hasMessage(
            "cannot launch `sleep 1000`: limit nofile 10 (hard: %d): prlimit(2): EPERM (operation not"
                + " permitted): no process, not even one of root, may have more than %2$s open files"
                + " (/proc/sys/fs/nr_open). To fix: take a hard limit of %2$s at most, or raise that"
                + " one: sysctl fs.nr_open=…",
            tooMany, most);
    assertRefused(Program.of("sleep", "1000").withLimit("nofile", 10, Program.UNLIMITED))
        .hasMessageContaining("limit nofile 10 (hard: unlimited)")
        .hasMessageContaining("/proc/sys/fs/nr_open");
  }

  /** Raises a hard limit in a JVM that may not. */
  static final class WithoutTheCapability {
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("low")) {
        System.out.println(
            "same=" + scope.launch(Program.of("true").withLimit("cpu", 7, 100_000)).awaitExit());
        try {
          scope.launch(Program.of("true").withLimit("cpu", 1, 100_001));
        } catch (LaunchException e) {
          System.out.println("refused=" + e.getMessage());
        }
      }
    }
  }

  @Test
  void hardLimitThatOnlyAPrivilegeMayRaiseNamesThePresentOne() throws Exception {
    List<String> wrapper = new ArrayList<>(List.of("prlimit", "--cpu=90000:100000"));
    if (ROOT) { // as in a container
      wrapper.addAll(
          List.of("setpriv", "--bounding-set=-sys_resource", "--inh-caps=-sys_resource"));
    }
    ChildJvm.Result result =
        ChildJvm.run(wrapper, List.of(), Map.of(), WithoutTheCapability.class).exitedNormally();
    assertThat(result.value("same")).isEqualTo("exited 0");
    assertThat(result.value("refused"))
        .isEqualTo(
            "cannot launch `true`: limit cpu 1 (hard: 100001): prlimit(2): EPERM (operation not"
                + " permitted): to raise a hard limit takes CAP_SYS_RESOURCE, which root lacks in"
                + " most containers; that of this JVM is 90000 (hard: 100000). To fix: take a hard"
                + " limit of 100000 at most, or start the JVM under a higher one (ulimit -H, docker"
                + " run --ulimit)");
  }

  @Test
  void limitThatKeepsTheProgramFromStartingFailsTheCall() throws Exception {
    assertRefused(Program.of("sleep", "1000").withLimit("nofile", 0, 0))
        .hasMessageStartingWith("cannot launch `sleep 1000`: ");
  }

  // nice value -----------------------------------------------------------------------------------

  @Test
  void niceValueAppliesFromTheFirstInstruction() {
    assertThat(output(Program.of("nice").withNice(18))).isEqualTo("18\n");
    assertThat(output(sh("nice; sh -c nice").withNice(19))).isEqualTo("19\n19\n");
  }

  @Test
  void aNiceValueBelowThisJvmsNeedsAPrivilege() throws Exception {
    Program program = Program.of("nice").withNice(-20);
    if (ROOT) {
      assertThat(output(program)).isEqualTo("-20\n");
    } else {
      assertRefused(program)
          .hasMessage(
              "cannot launch `nice`: nice value -20: setpriority(2): EACCES (permission denied)");
    }
  }

  // umask ----------------------------------------------------------------------------------------

  @Test
  void umaskAppliesFromTheFirstInstruction() throws Exception {
    String own = output(sh("umask"));
    assertThat(output(sh("umask; : > file").withUmask(0137).withDirectory(directory)))
        .isEqualTo("0137\n");
    assertThat(Files.getPosixFilePermissions(directory.resolve("file")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    assertThat(output(sh("umask").withUmask(0))).isEqualTo("0000\n");
    assertThat(output(sh("umask"))).isEqualTo(own);
  }

  @Test
  void wrapperLeavesArgumentsAndEnvironmentUntouched() {
    Map<String, String> odd = new HashMap<>(Map.of("a.b", "1", "E", "", "1", "2", "é", "ü\n'$x"));
    for (String name : TAKEN_BY_SHELLS) {
      odd.put(name, "7 of its own");
    }
    Program plain = Program.of("cat", "/proc/self/cmdline", "/proc/self/environ");
    String expected = output(plain.withEnvironment(odd).withoutEnvironment("HOME"));
    Program wrapped = plain.withEnvironment(odd).withoutEnvironment("HOME").withUmask(077);
    assertThat(sorted(output(wrapped))).isEqualTo(sorted(expected));
    assertThat(expected).startsWith("cat\0/proc/self/cmdline\0").contains("\0a.b=1\0");

    Program arguments = Program.of("printf", "<%s>", "", "a b", "--", "$x", "x=y").withUmask(077);
    assertThat(output(arguments)).isEqualTo("<><a b><--><$x><x=y>");
  }

  @Test
  void variablesThatAShellSetsDoNotReachTheProgram() {
    Program plain = Program.of("cat", "/proc/self/environ");
    for (String name : TAKEN_BY_SHELLS) {
      plain = plain.withoutEnvironment(name);
    }
    assertThat(sorted(output(plain.withUmask(077)))).isEqualTo(sorted(output(plain)));
  }

  /**
   * Launches a program through an env(1) that writes down its arguments, in a directory whose name
   * needs quotes.
   */
  static final class WithAnEnvThatTells {
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("env")) {
        Program program = Program.of("cat", "/proc/self/environ").withUmask(022);
        Launch launch =
            scope.launch(program.withEnvironment(Map.of("PASSWORD", "hush", "a.b", "odd")));
        launch.awaitExit();
        System.out.println("environment=" + launch.stdout().replace('\0', ' '));
      }
    }
  }

  @Test
  void wrapperShowsNoVariableInItsArguments() throws Exception {
    Path tools = Files.createDirectory(directory.resolve("it's; a $place"));
    Path told = directory.resolve("told");
    String tell = "#!/bin/sh\ncat /proc/$$/cmdline >'" + told + "'\nexec /usr/bin/env \"$@\"\n";
    executable(tools.getFileName() + "/env", tell);
    ChildJvm.Result result =
        ChildJvm.run(
            List.of(),
            List.of(),
            Map.of("PATH", tools + ":" + System.getenv("PATH")),
            WithAnEnvThatTells.class);
    result.exitedNormally();
    assertThat(result.value("environment")).contains("PASSWORD=hush ").contains("a.b=odd ");
    assertThat(told).content().contains("a.b=odd").doesNotContain("hush");
  }

  private static List<String> sorted(String text) {
    return Arrays.stream(text.split("\0", -1)).sorted().toList();
  }

  @Test
  void programIsFoundInThePathOfThisJvmWhateverItsOwnPath() throws Exception {
    executable("cat", "#!/bin/sh\necho other\n");
    Program program = Program.of("cat", "/dev/null").withEnvironment("PATH", directory.toString());
    assertThat(output(program)).isEmpty();
    assertThat(output(program.withUmask(022))).isEmpty();
    assertThat(output(Program.of("cat", "/dev/null").withoutEnvironment("PATH").withUmask(022)))
        .isEmpty();
  }

  /** env(1) takes each argument with an equals sign for a variable, up to the first without one. */
  @Test
  void programWithAnEqualsSignInItsPathStarts() throws Exception {
    Files.createDirectory(directory.resolve("a=b"));
    Path program = executable("a=b/program", "#!/bin/sh\necho program \"$@\"; umask; nice\n");
    Program plain = Program.of(program.toString(), "echo", "x=y").withUmask(022).withNice(19);
    assertThat(output(plain)).isEqualTo("program echo x=y\n0022\n19\n");
    assertThat(output(Program.of("a=b/program").withDirectory(directory).withUmask(022)))
        .startsWith("program\n0022\n");
    if (ROOT) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.setPosixFilePermissions(
          directory.resolve("a=b"), PosixFilePermissions.fromString("rwxr-xr-x"));
      assertThat(output(plain.withUser(4321, 4322))).isEqualTo("program echo x=y\n0022\n19\n");
    }
    Path broken = executable("a=b/broken", "#!/no/such/interpreter\n");
    assertRefused(Program.of(broken.toString()).withUmask(077))
        .hasMessageStartingWith("cannot launch `" + broken + "`: ")
        .hasMessageContaining("nice: ");
  }

  @Test
  void wrapperIsNeverSeenAsTheProgram() {
    for (int i = 0; i < 20; i++) {
      Launch launch = scope.launch(Program.of("sleep", "1000").withUmask(077).withNice(19));
      assertThat(launch.process().name()).isEqualTo("sleep");
      assertThat(launch.process().commandLine()).containsExactly("sleep", "1000");
      assertThat(launch.process().executable())
          .hasValueSatisfying(
              file -> assertThat(file.toString()).doesNotEndWith("env").doesNotEndWith("sh"));
      assertThat(launch.tree().size()).isEqualTo(1);
      assertThat(launch.signal(Signal.KILL)).isTrue();
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.signaled(Signal.KILL));
    }
  }

  @Test
  void statusOfAVeryShortProgramIsItsOwn() {
    for (int code : new int[] {0, 1, 2, 125, 126, 127, 255}) {
      Launch launch = scope.launch(sh("exit " + code).withUmask(077));
      assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(code));
    }
    assertThat(scope.launch(sh("kill -SEGV $$").withUmask(077)).awaitExit())
        .isInstanceOf(ExitStatus.Signaled.class);
  }

  @Test
  void scriptWithoutAShebangIsRunByTheShell() throws Exception {
    Path script = executable("script", "umask\n");
    assertThat(output(Program.of(script.toString()).withUmask(0123))).isEqualTo("0123\n");
    assertThat(output(Program.of("./script").withDirectory(directory).withUmask(0123)))
        .isEqualTo("0123\n");
  }

  private Path executable(String name, String content) throws Exception {
    Path file = Files.writeString(directory.resolve(name), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void failedExecIsReportedWithTheToolsMessage() throws Exception {
    Path script = executable("script", "#!/no/such/interpreter\n");
    assertRefused(Program.of(script.toString()).withUmask(077))
        .hasMessageStartingWith("cannot launch `" + script + "`: ")
        .hasMessageContaining("env: ")
        .hasMessageContaining(script.toString())
        .hasMessageContaining("its interpreter /no/such/interpreter does not exist");
    assertRefused(Program.of("no-such-program").withUmask(077))
        .hasMessageStartingWith("cannot launch `no-such-program`: no such program");
  }

  @Test
  void programThatExitsLikeAFailedToolHasBeenLaunched() {
    for (int i = 0; i < 40; i++) {
      assertThat(output(sh("exec env").withUmask(022))).contains("PATH=");
      Launch failed = scope.launch(sh("exec env sh -c 'exit 126'").withUmask(022));
      assertThat(failed.awaitExit()).isEqualTo(ExitStatus.exited(126));
      Launch noisy = scope.launch(sh("echo >&2 one; exec env --no-such-option").withUmask(022));
      assertThat(noisy.awaitExit()).isEqualTo(ExitStatus.exited(125));
    }
  }

  // user -----------------------------------------------------------------------------------------

  @Test
  void anotherUserNeedsRoot() throws Exception {
    Program program = sh("id -u; id -g; id -G; umask; nice");
    Program other = program.withUser(4321, 4322).withUmask(027).withNice(19);
    Program nobody = program.withUser("nobody");
    if (ROOT) {
      assertThat(output(other)).isEqualTo("4321\n4322\n4322\n0027\n19\n");
      assertThat(output(nobody)).startsWith(NOBODY + "\n");
      Launch sleep = scope.launch(Program.of("sleep", "1000").withUser(4321, 4322));
      assertThat(sleep.process().uid()).hasValue(4321);
      assertThat(sleep.process().commandLine()).containsExactly("sleep", "1000");
      assertThat(sleep.stop().isClean()).isTrue();
    } else {
      for (Program refused : List.of(other, nobody)) {
        assertRefused(refused)
            .hasMessageStartingWith("cannot launch `sh -c id -u; ")
            .hasMessageContaining("setpriv: ");
      }
    }
  }

  @Test
  void directoryThatIsClosedToTheUserIsNamed() throws Exception {
    assumeTrue(ROOT, "needs root");
    Path real = directory.toRealPath();
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwx------"));
    Path file = executable(real + "/program", "#!/bin/sh\nexec cat \"$@\"\n");
    String note =
        String.format(
            " may not enter %1$s (mode 0700, owner root). To fix: chmod a+rx %1$s, or make it the"
                + " user's own by chown",
            real);
    String failure;
    try { // some implementations of setpriv(1) keep the right to enter it until the exec
      Launch launch = scope.launch(Program.of(file.toString()).withUser("nobody"));
      launch.awaitExit();
      failure = launch.describe().lines().filter(it -> it.contains("enter")).findFirst().get();
    } catch (LaunchException e) {
      failure = e.getMessage();
    }
    assertThat(failure).endsWith("the user nobody" + note);
    for (Program program :
        List.of(
            Program.of("cat", file.toString()),
            Program.of("cat", "--", "x=" + file),
            Program.of("cat", "program").withDirectory(real))) {
      Launch launch = scope.launch(program.withUser(4321, 4322));
      launch.awaitExit();
      assertThat(launch.describe()).contains("  note      the user 4321" + note + "\n");
      assertThat(scope.launch(program).describe()).doesNotContain("may not enter");
      assertThat(scope.launch(program.withUser(0, 0)).describe()).doesNotContain("may not enter");
    }
    Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwx--x--x"));
    Launch launch = scope.launch(Program.of("cat", file.toString()).withUser("nobody"));
    assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(0));
    assertThat(launch.describe()).doesNotContain("may not enter");
  }

  @Test
  void unknownUserFailsTheCall() throws Exception {
    assertRefused(Program.of("true").withUser("no such user"))
        .hasMessage(
            "cannot launch `true`: no such user in /etc/passwd: no such user. To fix: add that"
                + " user, or give numbers, which need no user: withUser(uid, gid)");
  }

  @Test
  void aNotificationOfAnotherUserCounts() {
    assumeTrue(ROOT, "needs root");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-notify")), "no systemd-notify");
    Launch launch =
        scope.launch(
            sh("systemd-notify --ready --status=\"$(id -u)\"; exec sleep 1000")
                .withUser(4321, 4322)
                .withNotifySocket());
    launch.awaitReady(Ready.notification());
    assertThat(launch.notifiedStatus()).contains("4321");
  }

  // the tag in the environment --------------------------------------------------------------------

  /** Sets everything up in a JVM that may not set the tag's limit. */
  static final class WithoutTheTagsLimit {
    public static void main(String[] arguments) {
      System.out.println("tag=" + Subreaper.capabilities().toString().contains("SUBREAPER_TAG"));
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("low")) {
        Program program = sh("ulimit -Sn; nice; umask").withLimit("nofile", 64, 64);
        Launch launch = scope.launch(program.withNice(19).withUmask(027));
        launch.awaitExit();
        System.out.println("output=" + launch.stdout().replace('\n', ' '));
        Launch clean = scope.launch(Program.of("env").withCleanEnvironment());
        clean.awaitExit();
        System.out.println("clean=" + clean.stdout().replace('\n', ' '));
        try {
          scope.launch(Program.of("true").withLimit("nofile", 1, 1L << 40));
        } catch (LaunchException e) {
          System.out.println("refused=" + e.getMessage());
        }
        System.out.println("left=" + scope.tree().size());
      }
    }
  }

  @Test
  void setupAppliesBeforeTheExecWhereTheEnvironmentCarriesTheTag() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(
            List.of("prlimit", "--locks=1000:1000"),
            List.of(),
            Map.of(),
            WithoutTheTagsLimit.class);
    result.exitedNormally();
    assertThat(result.value("tag")).isEqualTo("true");
    assertThat(result.value("output")).isEqualTo("64 19 0027 ");
    assertThat(result.value("clean")).matches("SUBREAPER_TAG=\\d+ ");
    assertThat(result.value("refused")).contains("limit nofile 1 (hard: ").contains("EPERM");
    assertThat(result.value("left")).isEqualTo("0");
  }

  // arguments that are refused at the call --------------------------------------------------------

  @Test
  void badInputIsRefusedAtTheCall() {
    Program program = Program.of("true");
    for (String name : List.of("", "open files", "locks", "LOCKS")) {
      assertThatThrownBy(() -> program.withLimit(name, 1, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("no such limit: \"" + name + "\"; one of cpu, fsize, ");
    }
    assertThatThrownBy(() -> program.withLimit("nofile", -2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a limit must not be negative: -2");
    assertThatThrownBy(() -> program.withLimit("nofile", Program.UNLIMITED, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the soft limit must not exceed the hard limit: unlimited (hard: 1)");
    for (int nice : new int[] {-21, 20}) {
      assertThatThrownBy(() -> program.withNice(nice))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a nice value is -20 to 19, not " + nice);
    }
    assertThatThrownBy(() -> program.withUmask(01000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a umask is 0 to 0777 (octal), not 01000. If 512 was written: write 0512");
    assertThatThrownBy(() -> program.withUmask(777))
        .hasMessage("a umask is 0 to 0777 (octal), not 01411. If 777 was written: write 0777");
    assertThatThrownBy(() -> program.withUmask(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> program.withUser("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> program.withUser("a\0b")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> program.withUser(-1, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
