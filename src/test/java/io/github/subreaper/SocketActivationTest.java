package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program finds handed sockets as sd_listen_fds(3) says, and no port is lost on the way. */
@Timeout(300)
class SocketActivationTest extends ScopeFixture {
  private static final int O_NONBLOCK = 04000;
  private static final int O_CLOEXEC = 02000000;

  private final List<ListeningSocket> sockets = new ArrayList<>();

  @AfterEach
  void closeSockets() {
    sockets.forEach(ListeningSocket::close);
  }

  private ListeningSocket socket() {
    ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0);
    sockets.add(socket);
    return socket;
  }

  private static String target(long pid, int fd) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/" + fd)).toString();
  }

  private static int flags(String process, String fd) throws IOException {
    String flags =
        Files.readAllLines(Path.of("/proc/" + process + "/fdinfo/" + fd)).stream()
            .filter(line -> line.startsWith("flags:"))
            .findFirst()
            .orElseThrow();
    return Integer.parseInt(flags.substring(6).strip(), 8);
  }

  /** Returns the descriptors of this JVM by what they are open to. */
  private static Map<String, String> ownSockets() throws IOException {
    Map<String, String> open = new TreeMap<>();
    for (int fd : KERNEL.descriptors().open(Procfs.SELF)) {
      String target = KERNEL.descriptors().target(Procfs.SELF, fd);
      if (target != null && target.startsWith("socket:")) {
        open.put(Integer.toString(fd), target);
      }
    }
    return open;
  }

  /** Prints what it is passed about its sockets, and stays. */
  private static Program told() {
    return Program.of(
        "sh", "-c", "echo $LISTEN_PID $$ $LISTEN_FDS $LISTEN_FDNAMES; exec sleep 1000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "canaries", "umask", "traced", "clean", "user", "all"})
  void programFindsTheSocketsInOrderAndTheirVariables(String how) throws Exception {
    boolean root = System.getProperty("user.name").equals("root");
    assumeTrue(root || !List.of("user", "all").contains(how), "only root can change the user");
    UnaryOperator<Program> changed =
        switch (how) {
          case "canaries" -> Program::withCanaries;
          case "umask" -> program -> program.withUmask(027);
          case "traced" -> Program::traced;
          case "clean" -> Program::withCleanEnvironment;
          case "user" -> program -> program.withUser(1234, 1234);
          case "all" ->
              program -> program.withCanaries().withUmask(0).withUser(1234, 1234).traced();
          default -> program -> program;
        };
    ListeningSocket first = socket();
    ListeningSocket second = socket();
    Program program =
        told()
            .withEnvironment("LISTEN_PID", "1")
            .withSocket(first, "http")
            .withSocket(second, "a b");
    Launch launch = scope.launch(changed.apply(program));
    assertThat(launch.awaitOutput("http"))
        .isEqualTo(launch.pid() + " " + launch.pid() + " 2 http:a b");
    scope.awaitDescendant("sleep *");
    List<String> listening = List.of(target(launch.pid(), 3), target(launch.pid(), 4));
    assertThat(listening).doesNotHaveDuplicates().allMatch(one -> one.startsWith("socket:"));
    assertThat(ownSockets().values()).containsAll(listening);
    assertThat(launch.awaitListening(first.port()).getPort()).isEqualTo(first.port());
    assertThat(launch.awaitListening(second.port()).getPort()).isEqualTo(second.port());
    assertThat(flags(Long.toString(launch.pid()), "3") & (O_NONBLOCK | O_CLOEXEC)).isZero();
    int open = changed.apply(program).spec().setup().canaries() ? 6 : 5;
    // while it starts it opens its libraries
    Await.until(() -> KERNEL.descriptors().open((int) launch.pid()).size() == open);
  }

  @Test
  void firstSocketIsTheFirstPort() throws Exception {
    ListeningSocket first = socket();
    ListeningSocket second = socket();
    Launch one = scope.launch(Program.of("sleep", "1000").withSocket(first, "x"));
    Launch both =
        scope.launch(Program.of("sleep", "1000").withSocket(second, "x").withSocket(first, "y"));
    assertThat(target(both.pid(), 4)).isEqualTo(target(one.pid(), 3));
    assertThat(target(both.pid(), 3)).isNotEqualTo(target(one.pid(), 3));
  }

  @Test
  void manySocketsLeaveTheCanaryItsPlace() throws Exception {
    Program program = Program.of("sleep", "1000").withCanaries();
    for (int i = 0; i < 8; i++) {
      program = program.withSocket(socket(), "s" + i);
    }
    Launch launch = scope.launch(program);
    int canary = Access.get().canaries(launch).orElseThrow().descriptor();
    assertThat(canary).isEqualTo(11);
    assertThat(target(launch.pid(), canary)).endsWith("/canary");
    for (int fd = 3; fd < canary; fd++) {
      assertThat(target(launch.pid(), fd)).startsWith("socket:");
    }
  }

  @Test
  void clientThatConnectsBeforeTheLaunchIsServed() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "no perl");
    ListeningSocket socket = socket();
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), socket.port())) {
      Launch launch =
          scope.launch(
              Program.of(
                      "perl",
                      "-e",
                      "open(S, '+<&=3') or die; accept(C, S) or die;"
                          + " print C ($ENV{LISTEN_PID} == $$ ? 'mine' : 'not mine')")
                  .withSocket(socket, "x"));
      assertThat(new String(client.getInputStream().readAllBytes(), UTF_8)).isEqualTo("mine");
      assertThat(launch.awaitExit()).as(launch.stderr()).isEqualTo(ExitStatus.exited(0));
    }
  }

  @Test
  void socketServesOneProgramAfterAnother() throws Exception {
    ListeningSocket socket = socket();
    Program program = Program.of("sleep", "1000").withSocket(socket, "x");
    Launch first = scope.launch(program);
    String inode = target(first.pid(), 3);
    first.stop();
    assertThat(target(scope.launch(program).pid(), 3)).isEqualTo(inode);
  }

  // the end of a socket --------------------------------------------------------------------------

  @Test
  void closedSocketIsRefusedAtTheLaunch() throws Exception {
    ListeningSocket open = socket();
    ListeningSocket closed = socket();
    Program program =
        Program.of("sleep", "1000").withSocket(open, "open").withSocket(closed, "http");
    closed.close();
    closed.close();
    Map<String, String> before = ownSockets();
    assertThatThrownBy(() -> scope.launch(program))
        .isInstanceOf(LaunchException.class)
        .hasMessage(
            "cannot launch `sleep 1000`: its socket \"http\" (127.0.0.1:%d) is closed. To fix: close"
                + " a ListeningSocket after the last launch that gets it",
            closed.port());
    assertThat(ownSockets()).isEqualTo(before);
    assertThat(scope.descendants()).isEmpty();
  }

  @Test
  void programKeepsASocketThatIsClosedAfterTheLaunch() {
    ListeningSocket socket = socket();
    Launch launch = scope.launch(Program.of("sleep", "1000").withSocket(socket, "x"));
    socket.close();
    assertThat(launch.awaitListening(socket.port()).getPort()).isEqualTo(socket.port());
    launch.stop();
    ListeningSocket again = ListeningSocket.tcp("127.0.0.1", socket.port());
    sockets.add(again);
    assertThat(again.port()).isEqualTo(socket.port());
  }

  /** The launch hangs in the open of its input, and the number of the socket is another file's. */
  @Test
  void socketThatIsClosedDuringALaunchReachesTheProgramAllTheSame() throws Exception {
    Path fifo = directory.resolve("fifo");
    KERNEL.fifos.create(fifo);
    ListeningSocket socket = socket();
    Program program = Program.of("sleep", "1000").withStandardInput(fifo).withSocket(socket, "x");
    Map<String, String> before = ownSockets();
    CompletableFuture<Launch> launching =
        CompletableFuture.supplyAsync(() -> scope.launch(program));
    Await.until(() -> ownSockets().size() > before.size() || launching.isDone());
    socket.close();
    try (ListeningSocket other = ListeningSocket.tcp("127.0.0.1", 0)) {
      assertThat(other.port()).isNotEqualTo(socket.port());
      Files.writeString(fifo, "\n");
      Launch launch = launching.get();
      assertThat(launch.awaitListening(socket.port()).getPort()).isEqualTo(socket.port());
      assertThatThrownBy(() -> launch.awaitListening(other.port(), Duration.ZERO))
          .isInstanceOf(WaitTimeoutException.class);
    }
    assertThat(ownSockets()).hasSize(before.size() - 1);
  }

  @Test
  void launchThatFailsKeepsNoDescriptor() throws Exception {
    Path script = Files.writeString(directory.resolve("script"), "#!/no/such/interpreter\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    ListeningSocket socket = socket();
    Map<String, String> before = ownSockets();
    for (Program program :
        List.of(
            Program.of(script.toString()),
            Program.of("no such program"),
            Program.of("sleep", "1").withUser("no-such-user"),
            Program.of("sleep", "1").withDirectory(directory.resolve("missing")),
            Program.of("sleep", "1").withStandardInput(directory.resolve("missing")))) {
      assertThatThrownBy(() -> scope.launch(program.withSocket(socket, "x")))
          .isInstanceOf(LaunchException.class);
      assertThat(ownSockets()).isEqualTo(before);
    }
  }

  @Test
  void launchThatIsInterruptedKeepsNoDescriptor() throws Exception {
    Path fifo = directory.resolve("fifo");
    KERNEL.fifos.create(fifo);
    ListeningSocket socket = socket();
    Map<String, String> before = ownSockets();
    Thread.currentThread().interrupt();
    assertThatThrownBy(
            () ->
                scope.launch(
                    Program.of("sleep", "1000").withStandardInput(fifo).withSocket(socket, "x")))
        .isInstanceOf(LaunchException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(ownSockets()).isEqualTo(before);
  }

  @Test
  void socketOfThisJvmIsCloseOnExecAndBlocks() throws Exception {
    Map<String, String> before = ownSockets();
    socket();
    Map<String, String> after = ownSockets();
    after.keySet().removeAll(before.keySet());
    assertThat(after).hasSize(1);
    int flags = flags("self", after.keySet().iterator().next());
    assertThat(flags & O_CLOEXEC).isNotZero();
    assertThat(flags & O_NONBLOCK).isZero();
  }

  // addresses ------------------------------------------------------------------------------------

  @Test
  void portThatIsTakenIsRefusedWithItsReason() {
    ListeningSocket socket = socket();
    assertThatThrownBy(() -> ListeningSocket.tcp("127.0.0.1", socket.port()))
        .isInstanceOf(ListenException.class)
        .hasMessage(
            "cannot listen on 127.0.0.1:%d: bind: EADDRINUSE (address already in use): another socket"
                + " has that port. To fix: port 0 takes any that is free",
            socket.port());
    assertThatThrownBy(() -> ListeningSocket.tcp("192.0.2.1", 0))
        .isInstanceOf(ListenException.class)
        .hasMessageContaining("EADDRNOTAVAIL");
    assertThatThrownBy(() -> ListeningSocket.tcp("no-such-host.invalid", 0))
        .isInstanceOf(ListenException.class)
        .hasMessageContaining("unknown host");
    for (int none : List.of(-1, 65_536)) {
      assertThatThrownBy(() -> ListeningSocket.tcp("127.0.0.1", none))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void socketMayHaveAnAddressOfVersion6() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "no IPv6");
    try (ListeningSocket socket = ListeningSocket.tcp("::1", 0);
        Socket client = new Socket(InetAddress.getAllByName("::1")[0], socket.port())) {
      assertThat(client.isConnected()).isTrue();
      assertThat(socket).hasToString("[0:0:0:0:0:0:0:1]:" + socket.port());
    }
  }

  @Test
  void unixSocketIsAFileThatGoesWithIt() throws Exception {
    Path path = directory.resolve("s");
    Launch launch;
    try (ListeningSocket socket = ListeningSocket.unix(path)) {
      assertThat(socket).hasToString(path.toString());
      launch = scope.launch(Program.of("sleep", "1000").withSocket(socket, "x"));
      launch.awaitReady(Ready.unixSocket(path));
      SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
      assertThatThrownBy(socket::port).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> ListeningSocket.unix(path))
          .isInstanceOf(ListenException.class)
          .hasMessageContaining("there is such a file or socket. To fix: ");
    }
    assertThat(path).doesNotExist();
    ListeningSocket replaced = ListeningSocket.unix(path);
    Files.delete(path);
    Files.writeString(path, "another's");
    replaced.close();
    assertThat(path).as("a file that it has not made").hasContent("another's");
  }

  @Test
  void unixSocketMayBeAbstract() {
    String name = "@subreaper-test-" + ProcessHandle.current().pid();
    try (ListeningSocket socket = ListeningSocket.unix(Path.of(name))) {
      Launch launch = scope.launch(Program.of("sleep", "1000").withSocket(socket, "x"));
      launch.awaitReady(Ready.unixSocket(Path.of(name)));
    }
    assertThatThrownBy(() -> ListeningSocket.unix(Path.of("x".repeat(108))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 107 bytes, not 108");
    assertThatThrownBy(() -> ListeningSocket.unix(Path.of("")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a:b", "a\nb", "ä"})
  void nameThatAProgramCouldNotReadIsRefused(String name) {
    ListeningSocket socket = socket();
    assertThatThrownBy(() -> Program.of("true").withSocket(socket, name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 to 255 ASCII characters");
    assertThat(Program.of("true").withSocket(socket, "x".repeat(255))).isNotNull();
    assertThatThrownBy(() -> Program.of("true").withSocket(socket, "x".repeat(256)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  // many at once ---------------------------------------------------------------------------------

  @Test
  void noPortIsLostIn20ParallelLaunches() throws Exception {
    launchInParallel(20);
  }

  @Test
  @Tag("full")
  void noPortIsLostIn200ParallelLaunches() throws Exception {
    launchInParallel(200);
  }

  private void launchInParallel(int count) throws Exception {
    Map<String, String> before = ownSockets();
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<Integer>> launches =
          IntStream.range(0, count).mapToObj(i -> threads.submit(this::launchOne)).toList();
      List<Integer> ports = new ArrayList<>();
      for (Future<Integer> one : launches) {
        ports.add(one.get());
      }
      assertThat(ports).hasSize(count).doesNotHaveDuplicates();
    } finally {
      threads.shutdown();
    }
    assertThat(ownSockets()).isEqualTo(before);
  }

  /** Closes its own descriptor as soon as the program has the socket. */
  private int launchOne() throws IOException {
    ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0);
    Launch launch = scope.launch(told().withSocket(socket, "x"));
    socket.close();
    assertThat(launch.awaitOutput(" x$")).isEqualTo(launch.pid() + " " + launch.pid() + " 1 x");
    try (Socket client = new Socket(InetAddress.getLoopbackAddress(), socket.port())) {
      assertThat(client.isConnected()).isTrue();
    }
    assertThat(launch.awaitListening().getPort()).isEqualTo(socket.port());
    assertThat(Collections.frequency(KERNEL.descriptors().open((int) launch.pid()), 3))
        .isEqualTo(1);
    return socket.port();
  }
}
