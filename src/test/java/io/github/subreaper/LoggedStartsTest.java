package io.github.subreaper;

import static io.github.subreaper.testing.Await.LONG;
import static io.github.subreaper.testing.Linux.KERNEL;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.subreaper.internal.access.Access;
import io.github.subreaper.testing.Await;
import io.github.subreaper.testing.ChildJvm;
import io.github.subreaper.testing.Origins;
import io.github.subreaper.testing.PidNamespace;
import io.github.subreaper.testing.VirtualThreads;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.LogManager;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the JDK logs of its starts: the scope and the line of each, at once and without a doubt. */
@Tag("slow")
class LoggedStartsTest {
  private static final ScopeOptions OPTIONS = Origins.PATIENT;

  @TempDir private Path directory;

  @BeforeEach
  void needLog() {
    assumeTrue(Origins.areLogged(), "this JDK does not log what it starts");
  }

  private static Process start(String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Its starter has ended, nothing else links them, and the other scope's starter still runs. */
  @Test
  void daemonBelongsToTheScopeOfTheThreadThatStartedItsLauncher() throws Exception {
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor all = subreaper.open("all", OPTIONS);
        Supervisor other = all.open("other", OPTIONS);
        Supervisor mine = all.open("mine", OPTIONS)) {
      Origins.awaitReported();
      Path go = directory.resolve("go");
      String script = "while [ ! -e " + go + " ]; do sleep 0.01; done; setsid sleep 1000 &";
      Process beside = startIn(other, "sh", "-c", script + " wait");
      Process starter = startIn(mine, "env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", script);
      Files.createFile(go);
      assertThat(starter.waitFor()).isZero();
      Await.until(() -> mine.leaks().size() == 1);
      Descendant daemon = mine.leaks().get(0);
      assertThat(daemon.origin()).map(StackTraceElement::getMethodName).contains("start");
      assertThat(mine.end().toString())
          .contains("started at LoggedStartsTest.java:")
          .doesNotContain("no evidence", "possibly", "that it can come from");
      assertThat(other.descendants()).extracting(Descendant::pid).contains(beside.pid());
    }
  }

  private static Process startIn(Supervisor scope, String... command) throws IOException {
    try (Binding bound = scope.bind(Thread.currentThread())) {
      assertThat(bound).isNotNull();
      return start(command);
    }
  }

  // other loggers ---------------------------------------------------------------------------------

  private static ChildJvm.Result line(String... options) throws Exception {
    List<String> all = new ArrayList<>(ChildJvm.ORIGINS);
    all.addAll(List.of(options)); // the last origin counts
    return ChildJvm.run(List.of(), all, Map.of(), Lines.class).exitedNormally();
  }

  @Test
  void logIsUsedAndNothingIsPrinted() throws Exception {
    ChildJvm.Result result = line();
    assertThat(result.value("origin")).contains("LoggedStartsTest.start");
    assertThat(result.value("how")).contains("the JDK logs where");
    assertThat(result.output()).doesNotContain("ProcessBuilder.start()");
  }

  @Test
  void recorderCanBeChosen() throws Exception {
    ChildJvm.Result result = line("-Dsubreaper.origin=jfr");
    assertThat(result.value("origin")).contains("LoggedStartsTest.start");
    assertThat(result.value("how")).contains("the JDK's flight recorder");
  }

  @Test
  void wrongChoiceIsRefused() throws Exception {
    ChildJvm.Result result =
        ChildJvm.run(List.of(), List.of("-Dsubreaper.origin=on"), Map.of(), Lines.class);
    assertThat(result.exitCode()).isNotZero();
    assertThat(result.output()).contains("-Dsubreaper.origin=on: must be auto, log, jfr or off");
  }

  @Test
  void whereTheJdkLogsToAnotherLibraryTheRecorderIsUsed() throws Exception {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(System.LoggerFinder.class.getName()), Finder.class.getName());
    String path = System.getProperty("java.class.path") + ":" + directory;
    ChildJvm.Result result = line("-cp", path);
    assertThat(result.value("origin")).contains("LoggedStartsTest.start");
    assertThat(result.value("how"))
        .contains("the JDK's flight recorder", "the JDK logs to " + Finder.class.getName());
    assertThat(result.value("finders")).isEqualTo("1"); // it is in use, and got the JDK's records

    ChildJvm.Result forced = line("-cp", path, "-Dsubreaper.origin=log");
    assertThat(forced.value("origin")).isEmpty();
    assertThat(forced.output()).contains("unknown: the JDK logs to " + Finder.class.getName());
  }

  @Test
  void whereTheLogManagerIsAnotherTheRecorderIsUsed() throws Exception {
    ChildJvm.Result result = line("-Djava.util.logging.manager=" + Manager.class.getName());
    assertThat(result.value("origin")).contains("LoggedStartsTest.start");
    assertThat(result.value("how"))
        .contains("the JDK's flight recorder", "the JDK logs to " + Manager.class.getName());
  }

  /** Of which the JVM makes one itself. */
  public static final class Manager extends LogManager {}

  /** As log4j-jpl and slf4j-jdk-platform-logging have one. */
  public static final class Finder extends System.LoggerFinder {
    static int made;

    @Override
    public System.Logger getLogger(String name, Module module) {
      made += name.equals("java.lang.ProcessBuilder") ? 1 : 0;
      return new System.Logger() {
        @Override
        public String getName() {
          return name;
        }

        @Override
        public boolean isLoggable(Level level) {
          return false;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String text, Throwable thrown) {}

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... values) {}
      };
    }
  }

  static final class Lines {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("scope", OPTIONS)) {
        Access.get().awaitOrigins(subreaper, LONG);
        start("sleep", "1000");
        System.out.println(
            "origin=" + scope.leaks().get(0).origin().map(Object::toString).orElse(""));
        System.out.println("finders=" + Finder.made);
        Subreaper.capabilities()
            .toString()
            .lines()
            .filter(line -> line.contains("origin "))
            .forEach(line -> System.out.println("how=" + line));
        System.out.println(scope.end());
      }
    }
  }

  /** As logging libraries do when they begin. */
  @Test
  void resetOfTheLoggingIsNoticedAndSaid() throws Exception {
    ChildJvm.Result result = ChildJvm.runWithOrigins(Resets.class).exitedNormally();
    assertThat(result.value("before")).contains("LoggedStartsTest.start");
    assertThat(result.value("after")).isEmpty();
    assertThat(result.output())
        .contains("is unknown: the JDK's log has no starts of the time of its birth");
    assertThat(result.value("next")).contains("LoggedStartsTest.start");
    assertThat(result.value("read")).contains("LoggedStartsTest.start");
  }

  static final class Resets {
    public static void main(String[] arguments) throws Exception {
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor all = subreaper.open("all", OPTIONS)) {
        Origins.awaitReported();
        say("before", all, start("sleep", "1000"));
        LogManager.getLogManager().reset();
        say("after", all, start("sleep", "1000"));
        LogManager.getLogManager().reset();
        try (Supervisor scope = all.open("next", OPTIONS)) {
          say("next", scope, start("sleep", "1000"));
          LogManager.getLogManager().readConfiguration();
          say("read", scope, start("sleep", "1000"));
          scope.end();
        }
        System.out.println(all.end());
      }
    }

    private static void say(String name, Supervisor scope, Process process) {
      String origin =
          scope.descendants().stream()
              .filter(one -> one.pid() == process.pid())
              .flatMap(one -> one.origin().stream())
              .map(StackTraceElement::toString)
              .findAny()
              .orElse("");
      System.out.println(name + "=" + origin);
    }
  }

  // many at once ----------------------------------------------------------------------------------

  private static final int SCOPES = 20;
  private static final int STARTS = 10;

  /** Of each scope five threads, half of them virtual, start what ends and what stays. */
  @Test
  @Tag("full")
  void eachOfTenThousandStartsHasItsScopeAndItsLine() throws Exception {
    int doubted = 0;
    int daemons = 0;
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor all = subreaper.open("all", OPTIONS)) {
      Origins.awaitReported();
      for (int round = 0; round < 10; round++) {
        Map<Supervisor, Set<Long>> expected = new LinkedHashMap<>();
        for (int i = 0; i < SCOPES; i++) {
          expected.put(all.open("scope " + i, OPTIONS), new ConcurrentSkipListSet<>());
        }
        startInEach(expected);
        for (Map.Entry<Supervisor, Set<Long>> one : expected.entrySet()) {
          Supervisor scope = one.getKey();
          ScopeReport report = scope.end();
          Set<Long> found = new TreeSet<>();
          report.leaked().forEach(leak -> found.add(leak.pid()));
          assertThat(one.getValue()).as(scope.name()).containsAll(found);
          assertThat(report.leaked())
              .allSatisfy(
                  leak ->
                      assertThat(leak.origin())
                          .map(StackTraceElement::getMethodName)
                          .contains("startOne"));
          daemons += one.getValue().size();
          doubted += one.getValue().size() - found.size();
        }
        List<Descendant> left = all.leaks(); // in doubt
        Access.get().terminate(subreaper, left);
      }
    }
    System.out.printf("of %d daemons %d were in doubt%n", daemons, doubted);
    assertThat(doubted).isLessThan(daemons);
  }

  private static void startInEach(Map<Supervisor, Set<Long>> expected) throws Exception {
    List<FutureTask<?>> tasks = new ArrayList<>();
    for (Map.Entry<Supervisor, Set<Long>> one : expected.entrySet()) {
      for (int i = 0; i < 5; i++) {
        FutureTask<?> task =
            new FutureTask<>(
                () -> {
                  for (int started = 0; started < STARTS; started++) {
                    startOne(started % 2 == 0, one.getValue());
                  }
                  return null;
                });
        tasks.add(task);
        Thread thread = i % 2 == 0 ? VirtualThreads.unstarted(task) : new Thread(task);
        one.getKey().bind(thread);
        thread.start();
      }
    }
    for (FutureTask<?> task : tasks) {
      Await.get(task);
    }
  }

  private static void startOne(boolean stays, Set<Long> daemons) throws Exception {
    String script = stays ? "(setsid sleep 1000 >/dev/null 2>&1 & echo $!); exit 7" : "exit 7";
    Process process = new ProcessBuilder("sh", "-c", script).start();
    try (InputStream output = process.getInputStream()) {
      String pid = new String(output.readAllBytes(), US_ASCII).strip();
      if (stays) {
        daemons.add(Long.valueOf(pid));
      }
    }
    assertThat(process.waitFor()).isEqualTo(7);
  }

  /** {@code -Dstarts=100000} takes three minutes. */
  @Test
  @Tag("full")
  void wherePidsComeRoundNoOtherProcessGetsATag() throws Exception {
    List<String> command =
        PidNamespace.with(
            400,
            """
            while :; do # strangers with limits of their own, which they check
              bash -c 'ulimit -S -x 77; /bin/true; [ "$(ulimit -S -x)" = 77 ] || echo stolen=yes'
            done &
            """);
    command.addAll(
        ChildJvm.command(ChildJvm.ORIGINS, EndAtOnce.class, System.getProperty("starts", "5000")));
    ChildJvm.Result result = ChildJvm.run(command).exitedNormally();
    assertThat(result.output()).doesNotContain("stolen");
    assertThat(result.value("launched")).as(result.output()).isEqualTo("0");
    assertThat(result.value("started")).as(result.output()).isEqualTo("0");
    assertThat(result.value("status")).as(result.output()).isEqualTo("0");
  }

  /** Starts what ends at once, beside processes that stay and must keep their tags. */
  static final class EndAtOnce {
    private static final int THREADS = 4;

    public static void main(String[] arguments) throws Exception {
      int count = Integer.parseInt(arguments[0]);
      AtomicInteger wrong = new AtomicInteger();
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try (Subreaper subreaper = Subreaper.activate();
          Supervisor scope = subreaper.open("scope", OPTIONS)) {
        Origins.awaitReported();
        Launch launch = scope.launch("sleep", "1000");
        Process started = start("sleep", "1000");
        long launched = limit(launch.process().pid());
        long startedTag = limit(started.pid());
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          all.add(threads.submit(() -> wrong.addAndGet(start("true").waitFor() == 0 ? 0 : 1)));
        }
        for (Future<?> one : all) {
          one.get();
        }
        System.out.println("status=" + wrong);
        System.out.println("launched=" + (limit(launch.process().pid()) - launched));
        System.out.println("started=" + (limit(started.pid()) - startedTag));
      } finally {
        threads.shutdown();
      }
    }

    private static long limit(long pid) {
      return KERNEL.fileLocks.peek((int) pid);
    }
  }
}
