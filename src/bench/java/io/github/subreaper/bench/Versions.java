package io.github.subreaper.bench;

import io.github.subreaper.Subreaper;
import io.github.subreaper.junit.SubreaperTest;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * This working tree against a commit of the repository, in turn, round by round: separate runs on a
 * noisy machine cannot tell which of the two is faster. Both are compiled the same way, and the
 * same benchmarks run on both.
 */
final class Versions {
  /** What is measured unless other work is named: four minutes in all. */
  static final Set<String> SOME =
      Set.of("launch", "death", "snapshot", "daemon", "burst", "kill", "activation", "test");

  private static final List<String> ROOTS = List.of("src/main", "junit-extension/src/main");
  private static final String OLD = "old";

  /** Packages of other engines, each with one of its classes. */
  private static final Map<String, String> ADAPTED =
      Map.of(
          "org.testng.",
          "org/testng/ITestResult.class",
          "org.spockframework.",
          "org/spockframework/runtime/extension/IGlobalExtension.class",
          "io.cucumber.",
          "io/cucumber/java/Before.class",
          "org.junit.rules.",
          "org/junit/rules/TestRule.class");

  /** An option of the build that the class files depend on. */
  private static final Pattern INLINED = Pattern.compile("-XDstringConcat=\\w+");

  /**
   * Kinds of work.
   *
   * @param pairs of rounds; the full number
   */
  private record Kind(String what, String unit, int pairs, Sides sides) {}

  /** Does the work of both sides, round by round. */
  private interface Sides {
    Contest contest(Versions versions, Kind kind) throws Exception;
  }

  private static final Map<String, Kind> KINDS = kinds();

  private final Setting setting;
  private final Path newer;
  private final Path older;

  private Versions(Setting setting, Path newer, Path older) {
    this.setting = setting;
    this.newer = newer;
    this.older = older;
  }

  private static Map<String, Kind> kinds() {
    Map<String, Kind> kinds = new LinkedHashMap<>();
    kinds.put("launch", new Kind("launch to its status", "µs", 25, inJvms("launch")));
    kinds.put("death", new Kind("death to awaitExit, idle", "µs", 25, inJvms("death")));
    kinds.put("snapshot", new Kind("snapshot of 1,000", "ms", 25, inJvms("snapshot")));
    kinds.put("burst", new Kind("burst of 5,000 zombies", "ms", 11, inJvms("burst")));
    kinds.put("kill", new Kind("SIGKILL until 400 daemons are gone", "s", 15, kill("idle")));
    kinds.put(
        "activation",
        new Kind("first activation after JNA is loaded", "ms", 21, eachInItsJvm("activation")));
    kinds.put("test", new Kind("empty test", "µs", 41, inJvms("test")));
    kinds.put("scope", new Kind("end of an empty scope", "µs", 41, inJvms("scope")));
    kinds.put("daemon", new Kind("tree and end of one daemon", "µs", 21, inJvms("daemon")));
    kinds.put("flood", new Kind("10,000 orphans, one generator", "s", 7, inJvms("flood")));
    kinds.put("traced", new Kind("traced: 3,000 orphans", "s", 7, inJvms("traced")));
    kinds.put("end", new Kind("end of idle of 1,000", "ms", 11, inJvms("end")));
    kinds.put("chains", new Kind("end of chains of 8", "ms", 41, inJvms("chains")));
    kinds.put(
        "hello",
        new Kind("a JVM that opens a scope, CPU", "s", 15, (its, kind) -> its.hello(kind)));
    kinds.put(
        "amid", new Kind("snapshot of 100 among 10,000 others", "ms", 15, amid(inJvms("amid"))));
    kinds.put(
        "killAmid", new Kind("SIGKILL of 400 among 10,000 others", "s", 5, amid(kill("idle"))));
    kinds.put("killDeaf", new Kind("SIGKILL of 400 that ignore SIGTERM", "s", 5, kill("deaf")));
    return kinds;
  }

  /** Measures what is named, prints each row when it is known, and at last all of them. */
  static void run(Setting setting, String commit, List<String> names) throws Exception {
    Set<String> chosen =
        names.equals(List.of("all"))
            ? KINDS.keySet()
            : names.isEmpty() ? (setting.quick() ? KINDS.keySet() : SOME) : Set.copyOf(names);
    if (!KINDS.keySet().containsAll(chosen)) {
      throw new IllegalArgumentException("not among all and " + KINDS.keySet() + ": " + names);
    }
    Path repository = setting.sources().resolve("../..").normalize();
    Path archive = setting.directory().resolve("old.tar");
    List<String> git = new ArrayList<>(List.of("git", "-C", repository.toString(), "archive"));
    git.addAll(List.of("-o", archive.toString(), commit));
    git.addAll(ROOTS);
    git.add("pom.xml");
    setting.run(git.toArray(String[]::new));
    Path sources = emptied(setting, "old-sources");
    setting.run("tar", "-xf", archive.toString(), "-C", sources.toString());
    Versions versions =
        new Versions(
            setting, compiled(setting, repository, "new"), compiled(setting, sources, OLD));
    List<String> lines = new ArrayList<>();
    lines.add("|what, new and old|new|old|unit|quartile|median of new/old|quartile|pairs|");
    lines.add("|---|---:|---:|---|---:|---:|---:|---:|");
    for (Map.Entry<String, Kind> one : KINDS.entrySet()) {
      if (chosen.contains(one.getKey())) {
        long start = System.nanoTime();
        String line = versions.line(one.getValue());
        System.out.printf("%s (%.0f s)%n", line, (System.nanoTime() - start) / 1e9);
        lines.add(line);
      }
    }
    System.out.println(
        "\nThis working tree against " + commit + ", in turn, JDK " + Runtime.version() + ":\n");
    lines.forEach(System.out::println);
    if (setting.quick()) {
      System.out.println("\nquick: the sizes are too small for the figures to mean anything");
    }
  }

  private String line(Kind kind) throws Exception {
    Contest contest;
    try {
      contest = kind.sides.contest(this, kind);
    } catch (IllegalStateException e) {
      // The older version may lack what the work needs.
      return "|" + kind.what + "|not measured: " + e.getMessage() + "|";
    }
    List<Double> ours = contest.ours();
    List<Double> theirs = contest.of(OLD);
    double[] ratios = new double[ours.size()];
    for (int round = 0; round < ratios.length; round++) {
      ratios[round] = ours.get(round) / theirs.get(round);
    }
    return String.format(
        Locale.ROOT,
        "|%s|%s|%s|%s|%.2f|**%.2f**|%.2f|%d|",
        kind.what,
        Row.number(Spread.of(ours).median()),
        Row.number(Spread.of(theirs).median()),
        kind.unit,
        Spread.percentile(ratios, 25),
        Spread.percentile(ratios, 50),
        Spread.percentile(ratios, 75),
        ratios.length);
  }

  private static Path emptied(Setting setting, String name) throws Exception {
    Path directory = setting.directory().resolve(name);
    setting.run("rm", "-rf", directory.toString());
    return Files.createDirectory(directory);
  }

  /** Returns a directory with the classes and resources of both modules. */
  private static Path compiled(Setting setting, Path repository, String name) throws Exception {
    Path classes = emptied(setting, name + "-classes");
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-proc:none", "-nowarn", "-Xlint:none", "--release", "17"));
    Matcher inlined = INLINED.matcher(Files.readString(repository.resolve("pom.xml")));
    if (inlined.find()) {
      arguments.add(inlined.group()); // it decides how fast the first activation is
    }
    arguments.addAll(List.of("-cp", libraries(), "-d", classes.toString()));
    for (String root : ROOTS) {
      try (Stream<Path> files = Files.walk(repository.resolve(root).resolve("java"))) {
        for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
          if (canBeCompiled(file)) {
            arguments.add(file.toString());
          }
        }
      }
      setting.run(
          "cp",
          "-R",
          repository.resolve(root).resolve("resources/.").toString(),
          classes.toString());
    }
    Path words = setting.directory().resolve(name + "-javac");
    Files.write(words, arguments);
    String javac = Path.of(System.getProperty("java.home"), "bin", "javac").toString();
    setting.run(javac, "@" + words);
    return classes;
  }

  /** An adapter to an engine can only where the class path has that engine. */
  private static boolean canBeCompiled(Path file) throws IOException {
    if (file.endsWith("module-info.java")) {
      return false;
    }
    String text = Files.readString(file);
    return ADAPTED.entrySet().stream()
        .allMatch(
            one ->
                !text.contains("import " + one.getKey())
                    || ClassLoader.getSystemResource(one.getValue()) != null);
  }

  /** The class path without the library. */
  private static String libraries() {
    Set<Path> ours = Set.of(origin(Subreaper.class), origin(SubreaperTest.class));
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !ours.contains(Path.of(entry).toAbsolutePath().normalize()))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Path origin(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    return Path.of(source.getLocation().getPath()).toAbsolutePath().normalize();
  }

  private List<String> java(Path classes, Class<?> main, String... arguments) {
    return setting.java(classes + File.pathSeparator + libraries(), main, arguments);
  }

  /** Two JVMs that live until the last round. */
  private static Sides inJvms(String work) {
    return (its, kind) -> {
      try (Side newer = Side.start(its, its.newer, work);
          Side older = Side.start(its, its.older, work)) {
        newer.round(); // of each kind the first one is not measured
        older.round();
        return its.contest(kind, newer::round, older::round);
      }
    };
  }

  /** A JVM for each round. */
  private static Sides eachInItsJvm(String work) {
    return (its, kind) ->
        its.contest(kind, () -> alone(its, its.newer, work), () -> alone(its, its.older, work));
  }

  private static double alone(Versions its, Path classes, String work) throws Exception {
    try (Side side = Side.start(its, classes, work)) {
      return side.round();
    }
  }

  private static Sides kill(String shape) {
    return (its, kind) -> {
      int daemons = its.setting.size(400, 20);
      String[] victims = {its.setting.program("victims"), shape, Integer.toString(daemons)};
      return its.contest(
          kind,
          () -> Death.kill(its.setting, its.java(its.newer, Death.Victim.class, victims), daemons),
          () -> Death.kill(its.setting, its.java(its.older, Death.Victim.class, victims), daemons));
    };
  }

  private Contest hello(Kind kind) throws Exception {
    return contest(
        kind,
        () -> HelloWorld.seconds(newer + File.pathSeparator + libraries(), "open"),
        () -> HelloWorld.seconds(older + File.pathSeparator + libraries(), "open"));
  }

  private static Sides amid(Sides sides) {
    return (its, kind) ->
        Strangers.beside(
            its.setting, its.setting.size(10_000, 100), () -> sides.contest(its, kind));
  }

  private Contest contest(Kind kind, Contest.Work ours, Contest.Work theirs) throws Exception {
    return Contest.of(setting.size(kind.pairs, 1), kind.unit, ours, new Contest.Peer(OLD, theirs));
  }

  /** A JVM that does one round for each byte of its input. */
  private record Side(Process process, BufferedReader output) implements AutoCloseable {
    static Side start(Versions its, Path classes, String work) throws IOException {
      Setting setting = its.setting;
      String size = setting.quick() ? "quick" : "full";
      List<String> command =
          its.java(classes, Rounds.class, work, size, setting.directory().toString());
      Process process =
          new ProcessBuilder(command)
              .redirectError(setting.log("versions-" + work).toFile())
              .start();
      return new Side(process, process.inputReader());
    }

    double round() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      String figure = output.readLine();
      Setting.check(figure != null, "a JVM has ended; versions-*.log says why");
      return Double.parseDouble(figure);
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
      process.onExit().join();
    }
  }
}
