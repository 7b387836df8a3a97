package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.CProgram;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@link Ready#http}: what a server answers, and what it may do instead. */
@Timeout(300)
class HttpReadyTest extends WaitFixture {
  private static final String NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n";

  private static Path service;

  @BeforeAll
  static void build(@TempDir Path programs) throws Exception {
    service = CProgram.build(programs, "service");
  }

  private Launch service(String... actions) {
    return scope.launch(
        Program.of(service.toString()).withArguments(actions).withDirectory(directory));
  }

  /** Launches a server that answers each request with what the file says then. */
  private Launch server(String verb) throws IOException {
    answer(NO_CONTENT);
    return service("bind", "0", "listen", verb, "answer");
  }

  private void answer(String text) throws IOException {
    Path next = Files.writeString(directory.resolve("next"), text);
    Files.move(next, directory.resolve("answer"), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Returns the port once connections are accepted. */
  private static int port(Launch launch) {
    int port = boundPort(launch);
    launch.awaitListening(port);
    return port;
  }

  private static int boundPort(Launch launch) {
    return Integer.parseInt(launch.awaitOutput("^port \\d+$").substring("port ".length()));
  }

  private static URI uri(int port, String path) {
    return URI.create("http://localhost:" + port + path);
  }

  /** Returns what one check reports, once the server was as quick as a check demands. */
  private static String instead(Launch launch, Ready ready) {
    return Await.until(
        () -> insteadAtOnce(launch, ready), told -> !told.contains(": no answer within 1 s"));
  }

  private static String insteadAtOnce(Launch launch, Ready ready) {
    return String.valueOf(failure(() -> launch.awaitReady(ready, Duration.ZERO)).getMessage());
  }

  private static void awaitCheck(Launch launch, Ready ready) {
    Await.until(() -> launch.isReady(ready));
  }

  @Test
  void serverIsReadyOnceItAnswersWithTheStatus() throws Exception {
    KERNEL.fifos.create(directory.resolve("go"));
    answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nwait");
    Launch launch = service("bind", "0", "wait", "go", "listen", "answer", "answer");
    int port = boundPort(launch);
    Ready ready = Ready.http(uri(port, "/health?of=%20all"), 200);
    assertThat(instead(launch, ready))
        .contains(
            "\n  no  status 200 from GET http://localhost:"
                + port
                + "/health?of=%20all: no connection: Connection refused"); // and more, on some JDKs
    go("go");
    launch.awaitListening(port);
    assertThat(instead(launch, ready)).contains("/health?of=%20all: 503 Service Unavailable\n");
    awaitCheck(launch, Ready.http(uri(port, ""), 503));
    answer("HTTP/1.0 200\r\n\r\n");
    assertThat(launch.awaitReady(ready)).isSameAs(launch);
    awaitCheck(launch, ready);
    assertThat(launch.stdout().replace("\r", ""))
        .contains(
            "GET /health?of=%20all HTTP/1.1\nHost: localhost:" + port + "\nUser-Agent: subreaper\n")
        .contains("Connection: close\n\n")
        .contains("GET / HTTP/1.1\n");
  }

  @Test
  void redirectIsAnAnswerAndIsNotFollowed() throws Exception {
    Launch launch = server("answer");
    int port = port(launch);
    answer("HTTP/1.1 302 Found\r\nLocation: " + uri(port, "/other") + "\r\n\r\n");
    launch.awaitReady(Ready.http(uri(port, "/first"), 302));
    assertThat(launch.stdout()).contains("GET /first ").doesNotContain("/other");
  }

  @Test
  void interimAnswerIsSkipped() throws Exception {
    Launch launch = server("answer");
    answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + NO_CONTENT);
    launch.awaitReady(Ready.http(uri(port(launch), "/"), 204));
  }

  @Test
  void answerThatIsNotHttpIsShown() throws Exception {
    Launch launch = server("answer");
    Ready ready = Ready.http(uri(port(launch), "/"), 200);
    answer("220 \u001bsmtp\r\n");
    assertThat(instead(launch, ready))
        .contains(": an answer that is not HTTP: \"220 \\x1bsmtp\"\n");
    answer("");
    assertThat(instead(launch, ready)).contains(": the connection was closed without an answer\n");
    answer("HTTP/1.1 100 Continue\r\n");
    assertThat(instead(launch, ready)).contains(": the connection was closed without an answer\n");
    answer("HTTP/1.1 404 " + "x".repeat(300) + "\r\n\r\n");
    assertThat(instead(launch, ready)).contains(": 404 x").contains("x…\n");
  }

  @Test
  void serverThatDoesNotAnswerEndsNoCheckLate() throws Exception {
    Launch silent = service("bind", "0", "listen", "pause");
    Ready ready = Ready.http(uri(port(silent), "/"), 200);
    var told = CompletableFuture.supplyAsync(() -> insteadAtOnce(silent, ready));
    Launch slow = server("drip");
    answer("HTTP/1.1 20");
    assertThat(insteadAtOnce(slow, Ready.http(uri(port(slow), "/"), 200)))
        .contains(": no answer within 1 s\n");
    assertThat(Await.get(told)).contains(": no answer within 1 s\n");
  }

  @Test
  void answerWithoutAnEndCounts() throws Exception {
    Launch launch = server("drip");
    launch.awaitReady(Ready.http(uri(port(launch), "/"), 204));
    answer("HTTP/1.1 200 OK\r\n" + "x".repeat(1 << 20));
    launch.awaitReady(Ready.http(uri(port(launch), "/"), 200));
    answer("x".repeat(1 << 20));
    assertThat(instead(launch, Ready.http(uri(port(launch), "/"), 200)))
        .contains(": an answer that is not HTTP: \"xxx");
  }

  @Test
  void answerOfAnotherProcessCountsUnlessThePortIsWanted() throws Exception {
    Launch other = server("answer");
    int port = port(other);
    Launch launch = service("pause");
    Ready ready = Ready.http(uri(port, "/"), 204);
    launch.awaitReady(ready);
    assertThat(instead(launch, Ready.all(Ready.port(port), ready)))
        .contains(
            "  no    TCP port "
                + port
                + ": a process outside the launch listens there: end it, or take another port\n")
        .contains("  ok    status 204 from GET http://localhost:" + port + "/: 204 No Content\n");
    launch.signal(Signal.KILL);
    launch.awaitExit();
    assertThat(instead(launch, ready))
        .contains(": 204 No Content, but no process of the launch is alive\n");
    hopeless(() -> launch.awaitReady(ready));
  }

  @Test
  void checksLeaveNoSocketAndNoThread() throws Exception {
    Launch launch = server("answer");
    Ready ready = Ready.http(uri(port(launch), "/"), 200);
    List<String> before = sockets();
    int threads = Thread.activeCount();
    timeout(() -> launch.awaitReady(ready, Duration.ofMillis(500)));
    launch.awaitReady(Ready.http(uri(port(launch), "/"), 204));
    Await.until(() -> before.containsAll(sockets()) && Thread.activeCount() <= threads);
  }

  private static List<String> sockets() {
    return KERNEL.descriptors().open(Procfs.SELF).stream()
        .map(fd -> String.valueOf(KERNEL.descriptors().target(Procfs.SELF, fd)))
        .filter(target -> target.startsWith("socket:"))
        .toList();
  }

  @Test
  void eachAddressOfAHostIsAsked() throws Exception {
    InetAddress second =
        Arrays.stream(InetAddress.getAllByName("localhost"))
            .filter(Inet6Address.class::isInstance)
            .findFirst()
            .orElse(null);
    assumeTrue(second != null, "localhost has no IPv6 address");
    HttpServer server = HttpServer.create(new InetSocketAddress(second, 0), 0);
    serve(server);
    try {
      int port = server.getAddress().getPort();
      service("pause").awaitReady(Ready.http(uri(port, "/"), 204));
      service("pause").awaitReady(Ready.http(URI.create("http://[::1]:" + port), 204));
    } finally {
      server.stop(0);
    }
  }

  private static void serve(HttpServer server) {
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
  }

  @Test
  void certificateHasToBeTrustedAndOfThatHost() throws Exception {
    SSLContext context = context();
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    serve(server);
    SSLContext before = SSLContext.getDefault();
    try {
      String port = ":" + server.getAddress().getPort() + "/";
      Launch launch = service("pause");
      Ready ready = Ready.http(URI.create("https://localhost" + port), 204);
      assertFailsTls(launch, ready, "certification path");
      SSLContext.setDefault(context);
      launch.awaitReady(ready);
      Ready other = Ready.http(URI.create("https://127.0.0.1" + port), 204);
      assertFailsTls(launch, other, "127.0.0.1");
    } finally {
      SSLContext.setDefault(before);
      server.stop(0);
    }
  }

  /** The first handshakes of a JVM may take longer than a request may. */
  private static void assertFailsTls(Launch launch, Ready ready, String why) {
    Await.untilAsserted(
        () -> assertThat(insteadAtOnce(launch, ready)).contains(": TLS failed: ").contains(why));
  }

  /**
   * Made by {@code keytool -genkeypair -alias a -keyalg EC -dname CN=x -ext san=dns:localhost
   * -validity 36500 -storetype PKCS12 -storepass secret -keystore localhost.p12}.
   */
  private static SSLContext context() throws Exception {
    char[] password = "secret".toCharArray();
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream stream = HttpReadyTest.class.getResourceAsStream("/localhost.p12")) {
      store.load(stream, password);
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(store, password);
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("a", store.getCertificate("a"));
    TrustManagerFactory others =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    others.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), others.getTrustManagers(), null);
    return context;
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badInputIsRefusedAtTheCall() {
    for (String uri :
        List.of(
            "localhost:80", "/health", "ftp://localhost/", "http:///x", "http://a@localhost/")) {
      assertThatThrownBy(() -> Ready.http(URI.create(uri), 200))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a URI for http is like http://localhost:8080/health, not " + uri);
    }
    for (int status : new int[] {0, 199, 600}) {
      assertThatThrownBy(() -> Ready.http(URI.create("http://localhost/"), status))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the status of an answer is 200 to 599, not " + status);
    }
    assertThatThrownBy(() -> Ready.http(null, 200))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("uri");
  }
}
