package io.github.subreaper;

import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.VirtualThreads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Of thousands of terminals, pipes and sockets nothing stays; nor of more output than the heap has
 * room for.
 */
@Tag("full")
@Timeout(900)
class StreamsSoakTest {
  private static final int LAUNCHES = Integer.getInteger("streams.launches", 2_000);

  /** Less than what is written. */
  private static final List<String> HEAP = List.of("-Dsubreaper.origin=auto", "-Xmx64m");

  private static final ScopeOptions PATIENT =
      ScopeOptions.defaults().withAwait(Duration.ofMinutes(10));

  @TempDir private Path directory;

  @Test
  void nothingOfThousandsOfLaunchesStays() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of(), HEAP, Map.of(), Soak.class, Integer.toString(LAUNCHES));
    assertThat(result.exitedNormally().value("right")).isEqualTo("" + LAUNCHES);
    assertThat(result.value("freed writers")).isEqualTo("" + LAUNCHES / 5);
    assertThat(result.value("descriptors after")).isEqualTo(result.value("descriptors before"));
    assertThat(result.value("threads after")).isEqualTo(result.value("threads before"));
  }

  /** Launches of five kinds at a time, each in a scope of its own; writers on virtual threads. */
  static final class Soak {
    private static final int WARM_UP = 50;
    private static final AtomicInteger FREED = new AtomicInteger();
    private static final Program STAYS = Program.of("sleep", "1000");

    public static void main(String[] arguments) throws Exception {
      int launches = Integer.parseInt(arguments[0]);
      ExecutorService threads = Executors.newFixedThreadPool(4, threads());
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor all = subreaper.open("all")) {
        run(all, threads, WARM_UP);
        FREED.set(0);
        print("before");
        System.out.println("right=" + run(all, threads, launches));
        System.out.println("freed writers=" + FREED);
        print("after");
      }
      threads.shutdown();
    }

    private static int run(Supervisor all, ExecutorService threads, int launches) throws Exception {
      List<Future<Integer>> rounds = new ArrayList<>();
      for (int i = 0; i < launches / 5; i++) {
        rounds.add(threads.submit(() -> round(all)));
      }
      int right = 0;
      for (Future<Integer> round : rounds) {
        right += round.get();
      }
      return right;
    }

    private static int round(Supervisor all) throws Exception {
      int right = 0;
      Thread writer;
      try (Supervisor scope = all.open("round", PATIENT);
          ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0)) {
        Launch shell =
            scope.launch(
                Program.of("sh", "-c", "read x; echo got $x; read y")
                    .withTerminal()
                    .withSocket(socket, "x"));
        Launch hungUp = scope.launch(STAYS.withTerminal());
        AtomicLong lines = new AtomicLong();
        Launch cat =
            scope.launch(
                Program.of("cat")
                    .withPipedInput()
                    .withOutput(line -> lines.incrementAndGet())
                    .withSocket(socket, "x"));
        Launch never = scope.launch(STAYS.withPipedInput());
        Launch fails = scope.launch(Program.of("sh", "-c", "exit 3").withTerminal());
        writer = startWriter(never);
        shell.terminal().write("it\n");
        right += shell.terminal().awaitOutput("^got").equals("got it") ? 1 : 0;
        hungUp.terminal().hangUp();
        right += hungUp.awaitExit().equals(ExitStatus.signaled(Signal.HUP)) ? 1 : 0;
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), socket.port())) {
          cat.stdin().write("one\ntwo\n");
          cat.stdin().close();
          cat.awaitExit();
          right += client.isConnected() && cat.stdout().equals("one\ntwo\n") ? 1 : 0;
        }
        right += fails.awaitExit().equals(ExitStatus.exited(3)) ? 1 : 0;
        right += never.isAlive() ? 1 : 0;
      }
      writer.join();
      return right;
    }

    private static Thread startWriter(Launch never) {
      Runnable work =
          () -> {
            try {
              never.stdin().write("x".repeat(100_000));
            } catch (IOException e) {
              FREED.incrementAndGet();
            }
          };
      boolean virtual = Runtime.version().feature() >= 21;
      Thread thread = virtual ? VirtualThreads.unstarted(work) : new Thread(work, "writer");
      thread.start();
      return thread;
    }

    private static ThreadFactory threads() {
      return work -> {
        Thread thread = new Thread(work, "worker");
        thread.setDaemon(true);
        return thread;
      };
    }

    /**
     * Prints what is open, and which threads serve a launch; the JVM's own, and the journal's file,
     * come and go.
     */
    private static void print(String when) {
      Map<String, Integer> open = new TreeMap<>();
      for (int fd : KERNEL.descriptors().open(Procfs.SELF)) {
        String target = KERNEL.descriptors().target(Procfs.SELF, fd);
        if (target != null && target.matches("(pipe|socket|anon_inode|/dev/p).*|.*\\.std.*")) {
          open.merge(target.replaceAll("\\[?\\d.*", ""), 1, Integer::sum);
        }
      }
      System.out.println("descriptors " + when + "=" + open);
      Map<String, Integer> running = new TreeMap<>();
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().matches("subreaper (terminal|output)|writer")) {
          running.merge(thread.getName(), 1, Integer::sum);
        }
      }
      System.out.println("threads " + when + "=" + running);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"slow", "throws", "ends", "terminal"})
  void longOutputNeedsLittleMemoryAndNoLineOfItIsLost(String how) throws Exception {
    Path file = directory.resolve("output");
    ChildJvm.Result result =
        ChildJvm.run(List.of(), HEAP, Map.of(), LongOutput.class, how, file.toString());
    assertThat(result.exitedNormally().value("out of order")).isEqualTo("0");
    long lines = Long.parseLong(result.value("lines"));
    if (how.equals("ends")) {
      try (Stream<String> written = Files.lines(file, UTF_8)) {
        assertThat(written.filter(line -> line.contains("\t")).count()).isEqualTo(lines);
      }
    } else {
      assertThat(lines).isEqualTo(LongOutput.LINES);
    }
  }

  /** A program writes numbered lines, and a consumer counts them. */
  static final class LongOutput {
    /** A hundred megabytes: more than the heap. */
    private static final long LINES = 1_570_000;

    public static void main(String[] arguments) throws Exception {
      String how = arguments[0];
      AtomicLong lines = new AtomicLong();
      AtomicLong wrong = new AtomicLong();
      CompletableFuture<Launch> launched = new CompletableFuture<>();
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("output", PATIENT)) {
        Program numbered =
            Program.of(
                    "sh",
                    "-c",
                    "yes ' 89 123456789 123456789 123456789 123456789 123456789' | head -"
                        + LINES
                        + " | cat -n")
                .withOutput(
                    line -> {
                      int tab = line.text().indexOf('\t');
                      if (tab < 0) {
                        return; // cut by the end
                      }
                      long number = Long.parseLong(line.text().substring(0, tab).strip());
                      wrong.addAndGet(number == lines.incrementAndGet() ? 0 : 1);
                      if (number % 100_000 == 0) {
                        consume(how, launched.join(), scope);
                      }
                    });
        launched.complete(
            scope.launch(
                switch (how) {
                  case "terminal" -> numbered.withTerminal();
                  case "ends" -> numbered.withStandardOutput(Path.of(arguments[1]));
                  default -> numbered;
                }));
        launched.join().awaitExit();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
          while (thread.getName().equals("subreaper output")
              && thread.isAlive()
              && lines.get() < LINES) {
            thread.join(10);
          }
        }
      }
      System.out.println("lines=" + lines);
      System.out.println("out of order=" + wrong);
    }

    private static void consume(String how, Launch launch, Supervisor scope) {
      switch (how) {
        case "slow" -> launch.awaitExit(); // more than the heap has room for is waiting then
        case "throws" -> throw new IllegalStateException("on purpose");
        case "ends" -> scope.end();
        default -> {}
      }
    }
  }
}
