package io.github.subreaper;

import static io.github.subreaper.TraceFaults.events;
import static io.github.subreaper.TraceFaults.executed;
import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.ProcessEvent.Exited;
import io.github.subreaper.ProcessEvent.Forked;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.DeniedCalls;
import io.github.subreaper.testing.Hostile;
import io.github.subreaper.testing.PidNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A trace in containers, under hidepid, without privileges, and where a sandbox denies it. */
@Tag("full")
@Timeout(600)
class TracedPlacesTest {
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withSettle(Duration.ZERO).withAwait(LONG).withGrace(LONG);

  private static final String[] MODES = {
    "strict", "exec", "lastexec", "firstends", "lastthread", "vfork", "cloneparent", "undumpable"
  };

  @TempDir private static Path shared;
  private static String peculiar = "";
  private static String hidden = "";
  private static List<String> asUser = List.of();
  private static List<String> options = List.of();

  @BeforeAll
  static void build() throws Exception {
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));
    peculiar = CProgram.build(shared, "peculiar", "-pthread").toString();
    hidden = CProgram.build(shared, "hidden", "-pthread").toString();
    Hostile hostile = Hostile.build(shared);
    asUser = hostile.asItsUser();
    options = hostile.classPathIn(shared);
  }

  /**
   * Traces all kinds of programs in the place where it runs, and prints what is reported of them.
   */
  static final class Everything {
    private static void say(String name, Object value) {
      System.out.println(name + "=" + String.valueOf(value).replace('\n', '|'));
    }

    private static void awaitEvents(Class<? extends ProcessEvent> type, Launch launch, int count) {
      Await.until(() -> events(type, launch).size() == count);
    }

    private static int number(ExitStatus status) {
      return status.equals(ExitStatus.signaled(Signal.KILL))
          ? -9
          : status.equals(ExitStatus.exited(0)) ? 0 : 99;
    }

    /** Adds what differs from a run without a trace, and what is missing in the journal. */
    private static void compare(Supervisor scope, List<String> faults, Program program) {
      Launch untraced = scope.launch(program);
      Launch traced = scope.launch(program.traced());
      ExitStatus status = untraced.awaitExit();
      if (!traced.awaitExit().equals(status)) {
        faults.add(program + ": " + traced.awaitExit() + ", untraced " + status);
      }
      traced.stop();
      TraceFaults.of(traced).forEach(fault -> faults.add(program + ": " + fault));
    }

    public static void main(String[] arguments) {
      String peculiar = arguments[0];
      String hidden = arguments[1];
      boolean otherUser = arguments[2].equals("true");
      List<String> faults = new ArrayList<>();
      say("pid", ProcessHandle.current().pid());
      say("uid", KERNEL.procfs.statusNumber(Procfs.SELF, "Uid"));
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("everything", OPTIONS)) {
        say("capable", Subreaper.capabilities().trace());
        String script =
            "for i in 1 2 3; do /bin/true $i; done; sleep 1000 & kill -TERM $!; wait $!;"
                + " sh -c 'setsid sleep 1000 & exit 0'; exit 5";
        Launch launch = scope.launch(Program.of("sh", "-c", script).traced());
        say("script", launch.awaitExit());
        Descendant daemon = launch.awaitOrphan("sleep 1000");
        say("clean", launch.stop().isClean());
        say("daemon", daemon.exitStatus().orElseThrow());
        say("births", events(Forked.class, launch).size());
        say("execs", executed(launch));
        Descendant victim = events(Forked.class, launch).get(3).child();
        boolean sent =
            victim.endedBy().flatMap(Sender::process).equals(Optional.of(launch.process()));
        say("sender", sent);
        TraceFaults.of(launch).forEach(fault -> faults.add("script: " + fault));

        for (String mode : MODES) {
          compare(scope, faults, Program.of(peculiar, mode));
        }
        compare(scope, faults, Program.of(peculiar, "storm", "200"));
        if (otherUser) {
          Program user = Program.of("sh", "-c", "(exit 3); id -u; exec sh -c 'exit 4'");
          compare(scope, faults, user.withUser(4321, 4322));
          compare(scope, faults, Program.of(hidden, "work").withUser(4321, 4322));
        }

        Launch work = scope.launch(Program.of(hidden, "work").traced());
        say("work", work.awaitExit());
        work.stop();
        say("workBirths", events(Forked.class, work).size());
        say("workExecs", executed(work));
        say(
            "workEnds",
            events(Exited.class, work).stream().map(end -> "" + end.status()).sorted().toList());
        TraceFaults.of(work).forEach(fault -> faults.add("work: " + fault));
        if (!faults.isEmpty()) {
          say("workJournal", work.journal());
        }

        Launch races = scope.launch(Program.of(peculiar, "races", "500", "hide").traced());
        say("races", races.awaitExit());
        races.stop(); // the ends of children are reported when their parent has collected them
        List<String> told =
            events(Exited.class, races).stream()
                .filter(end -> !end.process().equals(races.process()))
                .map(end -> end.process().pid() + " " + number(end.status()))
                .sorted()
                .toList();
        say("racesMatch", told.equals(races.stdout().lines().sorted().toList()));
        TraceFaults.of(races).forEach(fault -> faults.add("races: " + fault));

        Launch stopped = scope.launch(Program.of(hidden, "stay").traced());
        stopped.awaitOutput("ready");
        for (int round = 1; round <= 3; round++) {
          stopped.signal(Signal.STOP);
          awaitEvents(ProcessEvent.Stopped.class, stopped, round);
          stopped.signal(Signal.CONT);
          awaitEvents(ProcessEvent.Continued.class, stopped, round);
        }
        stopped.stop();
        TraceFaults.of(stopped).forEach(fault -> faults.add("stopped: " + fault));

        Launch agent = scope.launch(Program.of(hidden, "daemon").traced());
        say("agent", agent.awaitExit());
        Descendant orphan = agent.awaitOrphan();
        say("agentLives", orphan.isAlive());
        agent.stop();
        say("agentEnd", orphan.exitStatus());
        TraceFaults.of(agent).forEach(fault -> faults.add("agent: " + fault));
        say("survivors", scope.end().survivors());
      }
      say("faults", faults);
      say("left", ProcessHandle.current().children().filter(ProcessHandle::isAlive).toList());
      say("threads", Traces.threads("subreaper trace"));
    }
  }

  private static ChildJvm.Result everythingIn(List<String> wrapper, boolean otherUser)
      throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(wrapper, options, Map.of(), Everything.class, peculiar, hidden, "" + otherUser)
            .exitedNormally();
    assertThat(result.output())
        .contains("capable=true\n", "script=exited 5\n", "clean=true\n", "births=6\n")
        .contains("sender=true\n", "daemon=killed by SIGTERM\n")
        .contains("execs=[[/bin/true, 1], [/bin/true, 2], [/bin/true, 3], [")
        .contains("[sh, -c, setsid sleep 1000 & exit 0], ")
        .contains("work=exited 6\n", "workBirths=2\n", "workExecs=[[sh, -c, exit 6]]\n")
        .contains("workEnds=[exited 3, exited 4, exited 6]\n")
        .contains("races=exited 0\n", "racesMatch=true\n", "agent=exited 7\n", "agentLives=true\n")
        .contains("agentEnd=Optional[killed by SIGTERM]\n", "survivors=[]\n")
        .contains("faults=[]\n", "left=[]\n", "threads=[]\n");
    return result;
  }

  private static List<String> in(List<String> first, String... more) {
    List<String> command = new ArrayList<>(first);
    command.addAll(List.of(more));
    return command;
  }

  private static void assume(List<String> wrapper) throws Exception {
    assumeTrue(PidNamespace.runs(wrapper), "this system refuses " + wrapper);
  }

  @Test
  void allIsReportedToThisUser() throws Exception {
    everythingIn(List.of(), Hostile.isRoot());
  }

  @Test
  void allIsReportedToAnUnprivilegedUser() throws Exception {
    assumeTrue(Hostile.isRoot(), "another user's run is of no other kind than this one's");
    ChildJvm.Result result = everythingIn(asUser, false);
    assertThat(result.value("uid")).as("control").isNotEqualTo("0");
  }

  /** As most containers run it. */
  @Test
  void allIsReportedToRootWithoutTheCapabilityToTrace() throws Exception {
    List<String> wrapper =
        List.of("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace");
    assumeTrue(Hostile.isRoot(), "needs root");
    assume(wrapper);
    everythingIn(wrapper, true);
  }

  @Test
  void allIsReportedToRootOfAUserNamespace() throws Exception {
    List<String> wrapper = in(asUser, "unshare", "-Ur");
    assume(wrapper);
    assertThat(everythingIn(wrapper, false).value("uid")).as("control").isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void allIsReportedToPid1OfAContainer(boolean ofItsOwnUserNamespace) throws Exception {
    List<String> wrapper =
        ofItsOwnUserNamespace
            ? in(asUser, "unshare", "-Urpf", "--mount-proc")
            : List.of("unshare", "-pf", "--mount-proc");
    assume(wrapper);
    ChildJvm.Result result = everythingIn(wrapper, false);
    assertThat(result.value("pid")).as("control").isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void allIsReportedWhereProcHidesProcesses(int hidepid) throws Exception {
    everythingIn(PidNamespace.hiding(hidepid), false);
  }

  // a program in another pid namespace ------------------------------------------------------------

  /** Returns a command that runs a script in a pid namespace; skips the test without one. */
  private static List<String> inAPidNamespace(List<String> options, String script)
      throws Exception {
    List<String> command = in(List.of("unshare", Hostile.isRoot() ? "-pf" : "-Urpf"));
    command.addAll(options);
    assume(command);
    command.addAll(List.of("sh", "-c", script));
    return command;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "mount"})
  void programInAPidNamespaceOfItsOwnIsReportedWithoutSenders(String how) throws Exception {
    List<String> enter =
        inAPidNamespace(
            how.equals("sh") ? List.of() : List.of("--mount-proc"),
            "echo I am $$; sleep 1000 & kill -TERM $!; wait $!; /bin/true 1;"
                + " (setsid sh -c 'exit 7' & wait; exit 6); (kill -KILL $(exec sh -c 'echo $PPID'))"
                + " 2>/dev/null; wait; exit 5");
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open("namespace", OPTIONS)) {
      Launch launch = scope.launch(Program.of(enter).traced());
      assertThat(launch.awaitExit()).as(launch.stderr()).isEqualTo(ExitStatus.exited(5));
      assertThat(launch.stdout()).as("control").isEqualTo("I am 1\n");
      launch.stop();
      String all = launch.journal().toString();
      assertThat(TraceFaults.of(launch)).as(all).isEmpty();
      List<Descendant> born = events(Forked.class, launch).stream().map(Forked::child).toList();
      Descendant init = born.get(0);
      assertThat(init.parent()).contains(launch.process());
      assertThat(init.exitStatus()).contains(ExitStatus.exited(5));
      Descendant sleep = born.get(1);
      assertThat(sleep.parent()).as(all).contains(init);
      assertThat(sleep.exitStatus()).contains(ExitStatus.signaled(Signal.TERM));
      assertThat(sleep.endedBy()).as(all).isEmpty();
      assertThat(born)
          .extracting(Descendant::exitStatus)
          .contains(Optional.of(ExitStatus.exited(6)), Optional.of(ExitStatus.exited(7)));
      assertThat(executed(launch))
          .contains(List.of("/bin/true", "1"), List.of("sh", "-c", "exit 7"));
    }
    assertThat(Traces.threads("subreaper trace")).isEmpty();
  }

  @Test
  void endOfAPidNamespaceEndsAllInIt(@TempDir Path directory) throws Exception {
    List<String> enter =
        inAPidNamespace(
            List.of(),
            "up='echo up; exec sleep 1000';"
                + " for i in 1 2 3; do setsid sh -c \"$up\" & (sh -c \"$up\" &); done;"
                + " read line <go; exit 5");
    KERNEL.fifos.create(directory.resolve("go"));
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open("namespace", OPTIONS)) {
      Launch launch = scope.launch(Program.of(enter).withDirectory(directory).traced());
      Await.until(() -> launch.stdout().equals("up\n".repeat(6)));
      Files.writeString(directory.resolve("go"), "\n");
      assertThat(launch.awaitExit()).as(launch.stderr()).isEqualTo(ExitStatus.exited(5));
      launch.stop();
      String all = launch.journal().toString();
      assertThat(TraceFaults.of(launch)).as(all).isEmpty();
      assertThat(events(Exited.class, launch))
          .filteredOn(event -> event.status().equals(ExitStatus.signaled(Signal.KILL)))
          .as(all)
          .hasSize(6)
          .allSatisfy(event -> assertThat(event.process().endedBy()).isEmpty());
    }
    assertThat(Traces.threads("subreaper trace")).isEmpty();
  }

  // a sandbox without ptrace ----------------------------------------------------------------------

  /** Launches with a trace, which is denied, and without. */
  static final class Denied {
    public static void main(String[] arguments) {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("denied", OPTIONS)) {
        Everything.say("capable", Subreaper.capabilities().trace());
        Everything.say("capabilities", Subreaper.capabilities());
        for (int round = 0; round < 3; round++) {
          try {
            scope.launch(Program.of("sleep", "1000").traced());
          } catch (LaunchException e) {
            Everything.say("refusal" + round, String.valueOf(e.getMessage()));
          }
        }
        Everything.say("descendants", scope.descendants());
        Everything.say("alive", scope.tree().nodes());
        Everything.say("untraced", scope.launch("sh", "-c", "exit 3").awaitExit());
        ScopeReport report = scope.end();
        Everything.say("clean", report.isClean());
        Everything.say("survivors", report.survivors());
      }
      Everything.say("left", ProcessHandle.current().children().toList());
      Everything.say("threads", Traces.threads("subreaper trace"));
    }
  }

  @ParameterizedTest
  @EnumSource(DeniedCalls.How.class)
  void launchIsRefusedWhereASandboxDeniesPtraceAndOthersAreNot(
      DeniedCalls.How how, @TempDir Path directory) throws Exception {
    DeniedCalls denied = DeniedCalls.in(directory);
    ChildJvm.Result result =
        ChildJvm.run(denied.with(how, List.of("ptrace")), List.of(), Map.of(), Denied.class)
            .exitedNormally();
    assertThat(result.value("capable")).isEqualTo("false");
    assertThat(result.value("capabilities"))
        .containsPattern("\\|trace +no +a sandbox refuses ptrace\\(2\\): [^|]*" + how.name());
    for (int round = 0; round < 3; round++) {
      assertThat(result.value("refusal" + round))
          .contains("cannot launch `sleep 1000`", how.name(), "a sandbox refuses ptrace(2)");
    }
    assertThat(result.output())
        .contains("descendants=[]\n", "alive=[]\n", "untraced=exited 3\n", "clean=true\n")
        .contains("survivors=[]\n", "left=[]\n", "threads=[]\n");
  }
}
