package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.Failures.assertEachIsInterrupted;
import static io.github.subreaper.assertj.Failures.assertEachThrows;
import static io.github.subreaper.assertj.Failures.assertFails;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;
import static io.github.subreaper.waits.Await.LONG;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.ListeningSocket;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Checks assertions on where processes and launches listen. */
@Timeout(60)
class ListeningAssertTest {
  private static final String UNREADABLE =
      "its open files may not be read: the process belongs to another user, is set-user-ID or is"
          + " not dumpable (root may read it)";

  @AutoClose private final RealScope scope = new RealScope();

  @TempDir private Path dir;

  /** Returns a launch that was handed a socket, and so listens from its start. */
  private static Launch listening(Supervisor scope, String host) {
    try (ListeningSocket socket = ListeningSocket.tcp(host, 0)) {
      return scope.launch(Program.of("sleep", "1000").withSocket(socket, "x"));
    }
  }

  /** Listens where it cannot be mistaken for the launched process. */
  private Launch inBackground(ListeningSocket socket) {
    Program launcher = Program.of("sh", "-c", "sleep 1000 &").withSocket(socket, "x");
    Launch launch = scope.impatient().launch(launcher);
    assertThat(launch).exitsWithin(LONG).isExited(0);
    launch.tree().awaitUntil(tree -> !tree.find("sleep*").isEmpty(), LONG);
    return launch;
  }

  private static int portOf(Launch launch) {
    Await.until(() -> listener(launch).isPresent());
    return listener(launch).orElseThrow().listeningAddresses().get(0).getPort();
  }

  private static Optional<Descendant> listener(Launch launch) {
    return launch.tree().find("*").stream()
        .filter(process -> !process.listeningAddresses().isEmpty())
        .findFirst();
  }

  private static int udpPortOf(Descendant process) {
    Await.until(() -> !process.udpAddresses().isEmpty());
    return process.udpAddresses().get(0).getPort();
  }

  private Launch sleep() {
    return scope.impatient().launch("sleep", "1000");
  }

  private Launch exited3() {
    Launch launch = scope.sh("exit 3");
    assertThat(launch).exitsWith(3);
    return launch;
  }

  private static List<AbstractProcessAssert<?, ?>> both(Launch launch) {
    return List.of(assertThat(launch), assertThat(launch.process()));
  }

  /** Compares the message of the launch, and of the launched process. */
  private static void assertBothFail(
      Launch launch, String verdict, Consumer<AbstractProcessAssert<?, ?>> assertion) {
    assertFails(launch.process(), verdict, assertion::accept);
    assertFails(launch, verdict, assertion::accept);
  }

  // TCP -----------------------------------------------------------------------------------------

  @Test
  void listensOnWaitsForThePort() {
    Launch launch = scope.patient().launch(Listener.on());
    int port = portOf(launch);

    assertThat(launch.process()).listensOn(port).listensOnWithin(Duration.ZERO, port);
    assertThat(launch).listensOn(port).listensOnWithin(Duration.ZERO, port);
  }

  @Test
  void aPortOfAnOrphanIsOneOfItsLaunch() {
    try (ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0)) {
      assertThat(inBackground(socket)).listensOnWithin(LONG, socket.port());
    }
  }

  @Test
  void aPortOfAnotherProcessDoesNotCountAndItIsNamed() {
    Launch other = listening(scope.patient(), "127.0.0.1");
    int taken = portOf(other);
    Launch sleep = sleep();
    String verdict =
        "to listen on port %d\nbut after 0.050 s it listens on no port; there listens %s of patient"
            .formatted(taken, Naming.of(other.process()));

    assertBothFail(sleep, verdict, it -> it.listensOn(taken));
    assertBothFail(sleep, verdict, it -> it.listensOnWithin(RealScope.SHORT, taken));
  }

  @Test
  void theFailureSaysWhereItListensInstead() {
    Launch launch = listening(scope.impatient(), "127.0.0.1");
    int port = portOf(launch);
    int other = port == 1 ? 2 : 1;
    String verdict =
        "to listen on port " + other + "\nbut after 0.000 s it listens on 127.0.0.1:" + port;

    assertBothFail(launch, verdict, it -> it.listensOnWithin(Duration.ZERO, other));
  }

  @Test
  void theWaitEndsAtOnceWhenAllHasEnded() {
    Launch launch = exited3();
    Path socket = Path.of("/x.sock");

    String verdict = "to listen on %s\nbut it has ended before: exited 3";
    assertBothFail(launch, verdict.formatted("port 1"), it -> it.listensOn(1));
    assertBothFail(launch, verdict.formatted("UDP port 1"), it -> it.listensOnUdp(1));
    assertBothFail(launch, verdict.formatted(socket), it -> it.listensOn(socket));
  }

  // addresses -----------------------------------------------------------------------------------

  @Test
  void listensOnAHostWantsItsAddress() {
    Launch launch = listening(scope.impatient(), "127.0.0.1");
    int port = portOf(launch);
    String verdict =
        "to listen on 0.0.0.0:%1$d\nbut after 0.050 s it listens on 127.0.0.1:%1$d".formatted(port);

    assertThat(launch.process())
        .listensOn("127.0.0.1", port)
        .listensOnWithin(Duration.ZERO, "127.0.0.1", port);
    assertThat(launch)
        .listensOn("127.0.0.1", port)
        .listensOnWithin(Duration.ZERO, "127.0.0.1", port);
    assertBothFail(launch, verdict, it -> it.listensOn("0.0.0.0", port));
  }

  @Test
  void aSocketOfAllAddressesIsThatOfNoOther() {
    Launch launch = listening(scope.impatient(), "0.0.0.0");
    int port = portOf(launch);
    String verdict =
        "to listen on 127.0.0.1:%1$d\nbut after 0.000 s it listens on 0.0.0.0:%1$d".formatted(port);

    assertThat(launch.process()).listensOn("0.0.0.0", port);
    assertThat(launch).listensOn("0.0.0.0", port).listensOn(port);
    assertBothFail(launch, verdict, it -> it.listensOnWithin(Duration.ZERO, "127.0.0.1", port));
  }

  @Test
  void aNameStandsForAnyOfItsAddresses() {
    Launch launch = listening(scope.impatient(), "127.0.0.1");
    int port = portOf(launch);
    int other = port == 1 ? 2 : 1;

    assertThat(launch).listensOn("localhost", port);
    assertThatThrownBy(() -> assertThat(launch).listensOn("localhost", other))
        .isInstanceOf(AssertionError.class)
        .message()
        .containsPattern(
            "\nto listen on localhost:%1$d \\([^)]*127\\.0\\.0\\.1:%1$d[^)]*\\)\nbut after"
                .formatted(other));
  }

  // unix and UDP --------------------------------------------------------------------------------

  @Test
  void listensOnWaitsForTheUnixSocket() {
    Path socket = dir.resolve("x.sock");
    Launch launch = scope.patient().launch(Listener.on(socket.toString()));

    assertThat(launch.process()).listensOn(socket).listensOnWithin(Duration.ZERO, socket);
    assertThat(launch).listensOn(socket).listensOnWithin(Duration.ZERO, socket);
    Launch sleep = sleep();
    String verdict =
        ("to listen on %s\nbut after 0.050 s it listens on no unix socket;"
                + " there listens %s of patient")
            .formatted(socket, Naming.of(launch.process()));
    assertBothFail(sleep, verdict, it -> it.listensOn(socket));
  }

  @Test
  void aUnixSocketOfAnOrphanIsOneOfItsLaunch() {
    Path socket = dir.resolve("x.sock");
    try (ListeningSocket handed = ListeningSocket.unix(socket)) {
      assertThat(inBackground(handed)).listensOnWithin(LONG, socket);
    }
  }

  @Test
  void listensOnUdpWaitsForThePort() {
    Launch launch = scope.patient().launch(Listener.onUdp());
    int port = udpPortOf(launch.process());

    assertThat(launch.process()).listensOnUdp(port).listensOnUdpWithin(Duration.ZERO, port);
    assertThat(launch).listensOnUdp(port).listensOnUdpWithin(Duration.ZERO, port);
    Launch sleep = sleep();
    String verdict =
        ("to listen on UDP port %d\nbut after 0.050 s it listens on no UDP port;"
                + " there listens %s of patient")
            .formatted(port, Naming.of(launch.process()));
    assertBothFail(sleep, verdict, it -> it.listensOnUdp(port));
    assertBothFail(sleep, verdict, it -> it.listensOnUdpWithin(RealScope.SHORT, port));
  }

  // not -----------------------------------------------------------------------------------------

  @Test
  void doesNotListenOnFailsIfItDoes() {
    Launch launch = listening(scope.patient(), "127.0.0.1");
    int port = portOf(launch);
    int other = port == 1 ? 2 : 1;

    assertThat(launch.process()).doesNotListenOn(other);
    assertThat(launch).doesNotListenOn(other);
    assertBothFail(
        launch,
        "to not listen on port %d\nbut it does:\n   %s: 127.0.0.1:%1$d"
            .formatted(port, Naming.of(launch.process())),
        it -> it.doesNotListenOn(port));
  }

  @Test
  void doesNotListenOnFailsForAnOrphanOfTheLaunch() {
    Path socket = dir.resolve("x.sock");
    try (ListeningSocket handed = ListeningSocket.unix(socket)) {
      Launch launch = inBackground(handed);
      Descendant orphan = launch.tree().roots().get(0);
      String verdict =
          "to not listen on %1$s\nbut it does:\n   %2$s: %1$s".formatted(socket, Naming.of(orphan));

      assertThat(launch.process()).doesNotListenOn(socket);
      assertThat(launch).doesNotListenOn(dir.resolve("y.sock"));
      assertFails(launch, verdict, it -> it.doesNotListenOn(socket));
      assertFails(orphan, verdict, it -> it.doesNotListenOn(socket));
    }
  }

  @Test
  void whatHasEndedListensOnNothing() {
    Launch launch = listening(scope.patient(), "127.0.0.1");
    int port = portOf(launch);
    launch.signal(Signal.KILL);
    assertThat(launch).exitsWith(SubreaperAssertions.signaled(Signal.KILL));

    assertThat(launch.process()).doesNotListenOn(port);
    assertThat(launch).doesNotListenOn(port).doesNotListenOn(dir.resolve("x.sock"));
  }

  @Test
  void whatMayNotBeReadIsNotSaidToListenOnNothing() throws IOException {
    Path unreadable = Files.copy(Path.of("/bin/sleep"), dir.resolve("sleep"));
    Files.setPosixFilePermissions(unreadable, PosixFilePermissions.fromString("--x--x--x"));
    Launch launch = scope.patient().launch(Program.of(unreadable.toString(), "1000"));
    assumeFalse(Files.isReadable(unreadable), "root may read everything");

    assertBothFail(
        launch,
        "to not listen on port 1\nbut that is unknown of "
            + Naming.of(launch.process())
            + ": "
            + UNREADABLE,
        it -> it.doesNotListenOn(1));
  }

  // arguments and interrupts --------------------------------------------------------------------

  @Test
  void anInterruptEndsTheWaitWithTheFlagSet() {
    Launch launch = scope.patient().launch("sleep", "1000");
    Path socket = Path.of("/x.sock");

    for (AbstractProcessAssert<?, ?> it : both(launch)) {
      assertEachIsInterrupted(
          () -> it.listensOn(1),
          () -> it.listensOn("127.0.0.1", 1),
          () -> it.listensOn(socket),
          () -> it.listensOnUdp(1),
          () -> it.listensOnWithin(LONG, 1),
          () -> it.listensOnWithin(LONG, "127.0.0.1", 1),
          () -> it.listensOnWithin(LONG, socket),
          () -> it.listensOnUdpWithin(LONG, 1));
    }
    assertThat(launch).isAlive();
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badArgumentsAreRejectedAtTheCall() {
    Duration negative = Duration.ofNanos(-1);

    for (AbstractProcessAssert<?, ?> it : both(exited3())) {
      assertEachThrows(
          IllegalArgumentException.class,
          () -> it.listensOn(0),
          () -> it.listensOn(65536),
          () -> it.listensOn("127.0.0.1", 0),
          () -> it.listensOnUdp(0),
          () -> it.listensOnUdp(65536),
          () -> it.listensOnWithin(negative, 1),
          () -> it.listensOnWithin(negative, Path.of("/x.sock")),
          () -> it.listensOnWithin(negative, "127.0.0.1", 1),
          () -> it.listensOnUdpWithin(negative, 1),
          () -> it.doesNotListenOn(0),
          () -> it.doesNotListenOn(65536));
      assertThatThrownBy(() -> it.listensOn("[::1", 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("no such host: \"[::1\"");
      assertThatThrownBy(() -> it.listensOn(" ", 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a host must be a name or an address, not blank");
      assertEachThrows(
          NullPointerException.class,
          () -> it.listensOn((Path) null),
          () -> it.listensOn(null, 1),
          () -> it.listensOnWithin(null, 1),
          () -> it.doesNotListenOn(null));
    }
  }
}
