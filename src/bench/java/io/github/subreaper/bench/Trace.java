package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Signal;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What {@link Program#traced()} costs: the same work, traced and not. */
final class Trace {
  private static final String UNTRACED = "untraced";
  private static final int NOBODY = 65534;
  private static final ScopeOptions OPTIONS =
      ScopeOptions.defaults().withAwait(Duration.ofMinutes(2));

  private Trace() {}

  static void run(Setting setting, Report report) throws Exception {
    report.add(flood(setting));
    report.add(Latency.traced(setting));
    report.add(postgres(setting));
    int[] sizes = setting.quick() ? new int[] {0, 20} : new int[] {0, 100, 1000, 4000};
    for (int sleeping : sizes) {
      report.add(amid(setting, sleeping));
    }
  }

  private static List<Row> flood(Setting setting) throws Exception {
    int orphans = setting.size(10_000, 300);
    Flood.library(setting, true, 1, orphans / 4);
    Flood.library(setting, false, 1, orphans / 4);
    return Contest.of(
            setting.size(3, 1),
            "s",
            () -> Flood.library(setting, true, 1, orphans),
            new Contest.Peer(UNTRACED, () -> Flood.library(setting, false, 1, orphans)))
        .rows(
            String.format("traced: %,d orphans, one generator", orphans),
            1.7,
            "A traced program double-forks at full speed. The time until the status of the last"
                + " orphan is known.");
  }

  private static List<Row> amid(Setting setting, int sleeping) throws Exception {
    String runs = Integer.toString(setting.size(500, 5));
    Program program = Program.of(setting.program("amid"), Integer.toString(sleeping), runs);
    return Contest.of(
            setting.size(3, 1),
            "µs",
            () -> micros(program.traced()),
            new Contest.Peer(UNTRACED, () -> micros(program)))
        .rows(
            String.format("traced: fork, exec, exit beside %,d sleeping", sleeping),
            Row.NO_GOAL,
            "A traced program that has forked so many sleeping processes runs another program"
                + " again and again. The time of one run.");
  }

  private static double micros(Program program) throws InterruptedException {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("amid", OPTIONS)) {
      Launch launch = supervisor.launch(program);
      ExitStatus status = launch.awaitExit();
      Setting.check(status.equals(ExitStatus.exited(0)), "amid:", status);
      return Long.parseLong(launch.stdout().trim()) / 1e3;
    }
  }

  private static List<Row> postgres(Setting setting) throws Exception {
    Path postgres = findPostgres();
    if (postgres == null) {
      System.out.println("trace: no PostgreSQL in /usr/lib/postgresql");
      return List.of();
    }
    Path directory = Files.createTempDirectory("subreaper-bench");
    try {
      Path data = directory.resolve("data");
      if (isRoot()) {
        Files.setAttribute(directory, "unix:uid", NOBODY);
      }
      Program initdb =
          Program.of(postgres.resolveSibling("initdb").toString(), "--no-sync", data.toString());
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor supervisor = subreaper.open("initdb", OPTIONS)) {
        Launch launch = supervisor.launch(asUser(initdb, directory));
        ExitStatus status = launch.awaitExit();
        Setting.check(status.equals(ExitStatus.exited(0)), launch.stdout(), launch.stderr());
      }
      Program server =
          asUser(
              Program.of(
                  postgres.toString(),
                  "-D",
                  data.toString(),
                  "-k",
                  directory.toString(),
                  "-c",
                  "listen_addresses="),
              directory);
      startAndStop(server);
      return Contest.of(
              setting.size(15, 1),
              "ms",
              () -> startAndStop(server.traced()),
              new Contest.Peer(UNTRACED, () -> startAndStop(server)))
          .rows(
              "traced: PostgreSQL, start and stop",
              1.1,
              "From the launch until the server accepts connections, and from SIGINT until it has"
                  + " ended, together.");
    } finally {
      delete(directory);
    }
  }

  private static Program asUser(Program program, Path directory) throws IOException {
    Program inside = program.withDirectory(directory);
    return isRoot() ? inside.withUser(NOBODY, NOBODY) : inside;
  }

  private static double startAndStop(Program server) throws InterruptedException {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor supervisor = subreaper.open("postgres", OPTIONS)) {
      long start = System.nanoTime();
      Launch launch = supervisor.launch(server);
      launch.awaitOutput("ready to accept connections");
      launch.signal(Signal.INT);
      ExitStatus status = launch.awaitExit();
      double millis = (System.nanoTime() - start) / 1e6;
      Setting.check(status.equals(ExitStatus.exited(0)), status, launch.stderr());
      return millis;
    }
  }

  private static @Nullable Path findPostgres() throws IOException {
    Path versions = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(versions)) {
      return null;
    }
    try (Stream<Path> all = Files.list(versions)) {
      return all.map(version -> version.resolve("bin/postgres"))
          .filter(Files::isExecutable)
          .findFirst()
          .orElse(null);
    }
  }

  private static boolean isRoot() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
