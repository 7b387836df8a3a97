package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.LongUnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The simulation finds faults that are planted in the engine's sources. It knows nothing of them.
 * One that no longer applies fails, and one that is rare and whose seed finds it no longer. {@code
 * -Dseeds.renew=true} searches for new seeds, and writes them into this file.
 */
class PlantedFaultsTest {
  /** Its level holds as long as it is referred to. */
  private static final Logger LOG = Logger.getLogger("io.github.subreaper");

  private static final boolean RENEWS = Boolean.getBoolean("seeds.renew");

  /** So many are searched each time; what takes more has a seed. */
  private static final int FEW = 2_000;

  private static final int MOST = 1_000_000;
  private static final JavaCompiler COMPILER =
      Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK");

  /** Remembers what it has read of the class path. */
  private static final JavaFileManager FILES =
      COMPILER.getStandardFileManager(null, null, StandardCharsets.UTF_8);

  private static final Path SOURCES = Path.of("main/java/io/github/subreaper/internal/engine");

  /**
   * A change of one file.
   *
   * @param found a seed that finds it; 0 if one of the first ones does
   * @param before occurs once
   */
  private record Fault(long found, String what, String file, String before, String after) {
    @Override
    public String toString() {
      return what;
    }

    String source() throws IOException {
      String text = Files.readString(SOURCES.resolve(file + ".java"));
      assertThat(text.split(Pattern.quote(before), -1))
          .as("%s occurs once in %s", before, file)
          .hasSize(2);
      return text.replace(before, after);
    }
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault(
            0,
            "a launched process gets no tag",
            "spawn/Attempt",
            "kernel.fileLocks.set(pid, tag);",
            "kernel.fileLocks.peek(pid);"),
        new Fault(
            0,
            "what was seen once counts as adopted",
            "reap/Ownership",
            "if (record != null && record.membership().wasSeenBelowOther()) {",
            "if (record != null) {"),
        new Fault(
            0,
            "an orphan that is first seen dead is foreign",
            "reap/Collector",
            "if (!attribution.attribute(process, stat, tag, null, 0)) {",
            "if (true) {"),
        new Fault(
            0,
            "a child of any thread is taken for an orphan",
            "reap/Ownership",
            "|| !isInAdoptersList(pid)",
            ""),
        new Fault(
            0,
            "a child of a thread that has ended is not left to the JDK",
            "reap/Ownership",
            "if (!past && !isPolledByTheJdk(question, pid)) {",
            "if (false) {"));
  }

  static Stream<Fault> more() {
    return Stream.of(
        new Fault(
            0,
            "a thread that has been woken is taken for one that sleeps",
            "jvm/JdkWaits",
            "asleep ? kernel.procfs.systemCall(tid) : null",
            "kernel.procfs.systemCall(tid)"),
        new Fault(
            0,
            "a freeze does not note what it stops",
            "query/Freeze",
            "        process.ending().stopped();\n",
            ""),
        new Fault(
            0,
            "the stop of a launch terminates nothing",
            "end/LaunchStop",
            "List<SurvivorRecord> survivors = end.termination().run(() -> {});",
            "List<SurvivorRecord> survivors = List.of();"),
        new Fault(
            0,
            "a wait that is over is taken for an end",
            "query/Waiting",
            "if (registry.awaitEnd(process, Math.min(rest, left))) {",
            "if (registry.awaitEnd(process, Math.min(rest, left)) || left <= 0) {"),
        new Fault(
            0,
            "the children of a known process are not read",
            "scan/TreeScan",
            "push(children, process, 0);\n        if (children == null)",
            "if (children == null)"),
        new Fault(
            6363,
            "an adopted orphan is taken for the child of a thread",
            "attribution/Attribution",
            " && (covered || !isAdopted(stat.pid()))",
            ""),
        new Fault(
            0,
            "a scan counts though a process died meanwhile",
            "reap/CompleteScan",
            "lastDeathNanos.getAsLong() - scanCycle.lastStartNanos() < 0 // always asked",
            "true"),
        new Fault(
            2663,
            "the adopter's list is not read again at the end of a scan",
            "scan/TreeScan",
            "boolean later = pushLater(adopter, known);",
            "boolean later = false;"),
        new Fault(
            8610,
            "the end of all launches terminates nothing",
            "end/ScopeEnding",
            "process -> process.launch() != null && scope.covers(process),",
            "process -> false,"),
        new Fault(
            0,
            "a second end of a scope ends it again",
            "end/ScopeEnding",
            "if (known != null) {",
            "if (false) {"),
        new Fault(
            0,
            "a list is believed though the process has another parent",
            "scan/ProcessObserver",
            "lister != null && stat.parent() == lister.pid();",
            "lister != null;"),
        new Fault(
            0,
            "a signal goes to a pid, not to its descriptor",
            "query/Signals",
            "known.send(signal), ran",
            "kernel.kill.send(process.pid(), signal), ran"),
        new Fault(
            0,
            "what was stopped is not killed",
            "end/KillPhase",
            "if (!process.wasKilled() || isRefused(process)) {",
            "if (!process.ending().isFrozen() || isRefused(process)) {"),
        new Fault(
            0,
            "the end of a first thread is taken for that of the process",
            "records/Observed",
            "zombie = stat.hasEnded();",
            "zombie = stat.state() == 'Z';"),
        new Fault(
            0,
            "a tree counts as frozen before two scans agree",
            "query/Freeze",
            "return quietScans >= 2 ?",
            "return quietScans >= 0 ?"),
        new Fault(
            0,
            "a thaw continues nothing",
            "query/Freeze",
            "if (last && !process.ending().isFrozen()) {",
            "if (!last && !process.ending().isFrozen()) {"),
        new Fault(
            0,
            "a stop that is sent counts as one",
            "query/Freeze",
            "return !byTracer && hasOnly(\"Tt\", process);",
            "return !byTracer;"),
        new Fault(
            0,
            "a child before its exec is collected",
            "reap/Ownership",
            "if (spawner.isBeingBorn(pid)) {",
            "if (false) {"),
        new Fault(
            0,
            "the gate opens before the tag is set",
            "launch/ProgramStart",
            "        if (tags.inLimit() || setup.isSetFromOutside()) {\n          int pid = attempt.hold(tag);\n          if (pid > 0 && setup.isSetFromOutside()) {\n            prepare(launch, pid, trace);\n          }\n        }\n        attempt.open();\n",
            "        attempt.open();\n        if (tags.inLimit() || setup.isSetFromOutside()) {\n          int pid = attempt.hold(tag);\n          if (pid > 0 && setup.isSetFromOutside()) {\n            prepare(launch, pid, trace);\n          }\n        }\n"),
        new Fault(
            0,
            "a scan is skipped though one was born",
            "scan/ScanCycle",
            "allFound = allFound && births.none() &&",
            "allFound = allFound &&"),
        new Fault(
            0,
            "a zombie is recorded and not collected",
            "reap/Collector",
            "Collected usage = wait.collect(process.pid());",
            "Collected usage = null;"),
        new Fault(
            0,
            "the end of a launched process is left to others",
            "reap/Ownership",
            "if (record != null && (record.isLaunched() || record.isOfALaunch())) {",
            "if (false) {"),
        new Fault(
            0,
            "the JDK counts as done with a child at once",
            "reap/Ownership",
            "return collected.isDone();",
            "return true;"),
        new Fault(
            0,
            "the time before its thread has passed a child on counts",
            "reap/Ownership",
            "question = ask(pid, startTicks);",
            ""),
        new Fault(
            0,
            "a scan that found none counts as the last",
            "end/KillTargets",
            "none = !scan.anyAlive(() -> !fresh().isEmpty(), lastDeathNanos);",
            "none = true;"),
        new Fault(
            0,
            "a child at the gate does not count as being born",
            "spawn/Attempt",
            "    lane.born(pid);\n    try {\n      if (tags",
            "    try {\n      if (tags"),
        new Fault(
            2305,
            "a command line in pieces is believed",
            "../linux/proc/Procfs",
            "file = Reading.whole(file, () -> commandLineAtOneRead(pid));",
            ""),
        new Fault(
            0,
            "a tracing thread does not read with which status a process exits",
            "tracer/Tracees",
            "int status = (int) ptrace.message(one.tid, Ptrace.EVENT_EXIT); // or RUNS",
            "int status = Traced.RUNS;"),
        new Fault(
            0,
            "a trace does not report that a process goes on",
            "trace/TraceRecorder",
            "            registry.facts.continued(its, Source.TRACE);\n",
            ""),
        new Fault(
            0,
            "a tracing thread collects a child of this JVM",
            "tracer/Tracees",
            "if (isOrWillBeOwn(which)) {",
            "if (false) {"),
        new Fault(
            0,
            "a stop that another wait has taken is not looked for",
            "tracer/Tracer",
            "      onThread(this::lookForStolen);\n",
            ""),
        new Fault(
            0,
            "a tracing thread lets go on what a signal has stopped",
            "tracer/Tracees",
            "ptrace.listen(one.tid);",
            "ptrace.goOn(one.tid, 0);"),
        new Fault(
            0,
            "a trace does not record the status of what its parent collects",
            "trace/TraceRecorder",
            "          its.ending().statusSeen(waitStatus);\n",
            ""),
        new Fault(
            0,
            "a tracing thread answers a stop that it has not taken",
            "tracer/Tracees",
            "} else if (wait.takeStop(which)) {\n      stop(which, wait.stop());\n    }\n  }\n\n  /** Answers the next",
            "} else {\n      stop(which, wait.stop());\n    }\n  }\n\n  /** Answers the next"),
        new Fault(
            28042,
            "a zombie that was read below its parent counts as adopted",
            "scan/ProcessObserver",
            "&& pidfd.parent().equals(OptionalInt.of(self))",
            ""),
        new Fault(
            12391,
            "a descriptor is kept though its pid may be another's",
            "scan/Watch",
            "process.is(now);\n    if (same) {",
            "true;\n    if (same) {"),
        new Fault(
            18693,
            "a descriptor that is opened for a signal is believed",
            "scan/Delivery",
            "return errno == 0 ? opened.send(signal) : errno;",
            "return opened.send(signal);"),
        new Fault(
            64,
            "what is stopped is asked to end, and not continued",
            "end/Termination",
            "errno = signals.send(process, SIGCONT, SignalReason.WAKE);\n            if",
            "if"),
        new Fault(
            75143,
            "a SIGKILL that was refused is not repeated",
            "end/KillPhase",
            "if (!process.wasKilled() || isRefused(process)) {",
            "if (!process.wasKilled()) {"),
        new Fault(
            1671,
            "one sight does not prove that this JVM has forked a process",
            "scan/ProcessObserver",
            "if (!known.membership().isDirectChild() && isListed",
            "if (false && isListed"),
        new Fault(
            196226,
            "nobody looks for what the JDK collects behind the last scope",
            "reap/Watcher",
            "registry.isAnyUncollected()",
            "registry.live().stream().anyMatch(one -> one.isAlive() && !one.isForeign())"),
        new Fault(
            0,
            "a descriptor stays open behind the end of its process",
            "records/ProcessRecord",
            "      pidfd.close();\n",
            ""),
        new Fault(
            36642492490516304L,
            "an end does not look once more for what was adopted behind its last scan",
            "end/Termination",
            " || !targets.fresh().isEmpty()",
            ""),
        new Fault(
            8002208581L,
            "what could not be continued counts as asked to end",
            "end/Termination",
            "process.ending().askedInVain();",
            ""),
        new Fault(
            8001356883L,
            "what cannot be read for now counts as ended, when it is sent a signal",
            "scan/Delivery",
            "kernel.procfs.refusals() != refusals",
            "false"),
        new Fault(
            8002157319L,
            "a process that cannot be read keeps a pid that is given again",
            "scan/ProcessObserver",
            "before.startTicks() < successor.startTicks()",
            "false"));
  }

  @BeforeAll
  static void silenceWarnings() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void warnAgain() {
    LOG.setLevel(null);
  }

  /** Also those that only the full tests look for. */
  @Test
  void eachFaultCanBePlanted() throws IOException {
    for (Fault fault : Stream.concat(faults(), more()).toList()) {
      assertThat(fault.source()).as(fault.what).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("faults")
  void plantedFaultIsFound(Fault fault, @TempDir Path directory) throws Exception {
    find(fault, directory);
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("more")
  void anotherPlantedFaultIsFound(Fault fault, @TempDir Path directory) throws Exception {
    find(fault, directory);
  }

  private static void find(Fault fault, Path directory) throws Exception {
    compile(fault, directory);
    LongUnaryOperator search =
        (LongUnaryOperator)
            new Patched(directory)
                .loadClass(Search.class.getName())
                .getDeclaredConstructor()
                .newInstance();
    long schedule = search.applyAsLong(fault.found);
    System.out.println(fault.what + ": found by schedule " + schedule);
    if (RENEWS) {
      renew(fault, schedule <= FEW ? 0 : schedule);
    }
    assertThat(schedule)
        .as("%s is found by none of the first schedules, nor by %d", fault, fault.found)
        .withFailMessage(
            "mvn test -pl src -Dtest=PlantedFaultsTest -Dseeds.renew=true finds a seed")
        .isPositive();
  }

  private static synchronized void renew(Fault fault, long found) throws IOException {
    Path file = Path.of("test/java", PlantedFaultsTest.class.getName().replace('.', '/') + ".java");
    String heading = "new Fault(\n            %s,\n            \"" + fault.what + "\",";
    String text = Files.readString(file);
    String renewed =
        text.replace(heading.formatted(literal(fault.found)), heading.formatted(literal(found)));
    Files.writeString(file, renewed);
  }

  private static String literal(long seed) {
    return seed + (seed > Integer.MAX_VALUE ? "L" : "");
  }

  private static void compile(Fault fault, Path directory) throws IOException {
    String source = fault.source();
    JavaFileObject file =
        new SimpleJavaFileObject(
            URI.create("mem:///" + fault.file + ".java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoring) {
            return source;
          }
        };
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-d",
            directory.toString(),
            "-cp",
            System.getProperty("java.class.path"));
    boolean compiled = COMPILER.getTask(messages, FILES, null, options, null, List.of(file)).call();
    assertThat(compiled).as(messages.toString()).isTrue();
  }

  /** Has the library's classes of its own, first of all the patched ones. */
  private static final class Patched extends ClassLoader {
    private final Path directory;

    Patched(Path directory) {
      super(PlantedFaultsTest.class.getClassLoader());
      this.directory = directory;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        return known != null
            ? known
            : name.startsWith("io.github.subreaper.") ? own(name) : super.loadClass(name, resolve);
      }
    }

    private Class<?> own(String name) throws ClassNotFoundException {
      String path = name.replace('.', '/') + ".class";
      Path patched = directory.resolve(path);
      try (InputStream in =
          Files.exists(patched)
              ? Files.newInputStream(patched)
              : getParent().getResourceAsStream(path)) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] code = in.readAllBytes();
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  /** Searches in the class loader with the patched class. */
  public static final class Search implements LongUnaryOperator {
    /** Made by its name. */
    public Search() {}

    /** Returns the number of the schedule that finds a fault; 0 if none does. */
    @Override
    public long applyAsLong(long first) {
      Simulation simulation = new Simulation();
      try {
        if (first != 0 && simulation.run(first).violation() != null) {
          return first;
        }
        for (int seed = 1; seed <= (RENEWS ? MOST : FEW); seed++) {
          if (simulation.run(seed).violation() != null) {
            return seed;
          }
        }
        return 0;
      } finally {
        simulation.close();
      }
    }
  }
}
