package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.origin.FlightLog.StackLine;
import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.engine.values.CallSite.Lines;
import io.github.subreaper.internal.engine.values.SourceFile;
import java.net.URL;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the lines of a stack that help a user most: the innermost of the test's code, and the
 * launcher that this called.
 */
public final class CallSites {
  private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

  private static final String JUNIT = "org.junit.";

  /** Between a test and what it calls there are many lines of these. */
  private static final List<String> LANGUAGES =
      List.of("org.codehaus.groovy.", "org.apache.groovy.", "groovy.lang.", "kotlin.", "scala.");

  /** These start processes or run tests for other code. Used where no test's code is found. */
  private static final List<String> LIBRARIES =
      List.of(
          JUNIT,
          "org.assertj.",
          "org.awaitility.",
          "org.apache.commons.exec.",
          "org.zeroturnaround.exec.",
          "org.codehaus.plexus.util.cli.",
          "io.zonky.test.db.",
          "redis.embedded.");

  private static final String OURS = "io.github.subreaper.";

  private static final List<String> OUR_PACKAGES =
      List.of(OURS + "junit.", OURS + "assertj.", OURS + "framework.", OURS + "internal.");

  /** A class of its own, which is not loaded before the first line is asked for. */
  private static final class Paths {
    /** The part of a path that says nothing: up to a build tool's directory, else to the last. */
    static final Pattern BUILT = Pattern.compile("^.*/(?:target|build|out|bin)/|^.*/(?=.+/$)");

    /** The word, as in test-classes or integrationTest, but not in latest. */
    static final Pattern TEST =
        Pattern.compile("(?:^|[^A-Za-z]|(?<=[a-z])(?=T))[Tt]ests?(?![a-z])");
  }

  private static final int MOST_KNOWN = 10_000;

  /** Where a class was loaded from: tests are hardly ever in a jar. */
  private enum Home {
    TESTS,
    DIRECTORY,
    ELSEWHERE
  }

  private record Line(StackTraceElement frame, Home home) {
    String type() {
      return frame.getClassName();
    }
  }

  private final MethodBindings methods;

  /** By the class's name. */
  private final Map<String, Home> homes = new ConcurrentHashMap<>();

  public CallSites(MethodBindings methods) {
    this.methods = methods;
  }

  /**
   * Returns the place of the calling thread.
   *
   * @param own whether a class, by its name, is the caller's own
   */
  public CallSite ofCaller(Predicate<String> own) {
    Throwable here = new Throwable();
    return new CallSite(
        this::lines,
        () ->
            Arrays.stream(here.getStackTrace())
                .skip(1)
                .dropWhile(frame -> own.test(frame.getClassName()))
                .toList());
  }

  /** Returns the place of a stack. */
  public CallSite of(List<StackTraceElement> stack) {
    return new CallSite(this::lines, () -> stack);
  }

  /** Returns a recorded line. The recorder does not name the source file: it is guessed here. */
  static StackTraceElement element(StackLine one) {
    String type = one.frame().type();
    return new StackTraceElement(
        type, one.frame().method(), sourceFile(type), Math.max(-1, one.line()));
  }

  private static String sourceFile(String type) {
    String simple = type.substring(type.lastIndexOf('.') + 1);
    int nested = simple.indexOf('$', 1);
    return (nested < 0 ? simple : simple.substring(0, nested)) + ".java";
  }

  /** Chooses the lines. Loads classes, so no lock is held. */
  private Lines lines(List<StackTraceElement> stack) {
    List<ClassLoader> loaders = loaders();
    List<Line> code =
        stack.stream()
            .filter(frame -> isSource(frame.getClassName()))
            .map(frame -> new Line(frame, homeOf(frame.getClassName(), loaders)))
            .filter(line -> line.home == Home.TESTS || !isOurs(line.type()))
            .toList();
    Line test =
        Stream.<Predicate<Line>>of(
                line -> line.home == Home.TESTS,
                line -> line.home == Home.DIRECTORY,
                line -> methods.isBoundClass(line.type()),
                line -> methods.isBoundPackage(line.type()),
                line -> !startsWithAny(line.type(), LIBRARIES) && !isOfLanguage(line),
                line -> !line.type().startsWith(JUNIT))
            .flatMap(rule -> code.stream().filter(rule).limit(1))
            .findFirst()
            .orElse(null);
    if (test == null) {
      return new Lines(null, null);
    }
    Line launcher =
        code.stream()
            .filter(line -> line.equals(test) || !isOfLanguage(line))
            .findFirst()
            .orElse(test);
    return new Lines(
        inFile(test.frame, loaders),
        launcher.equals(test) ? null : inFile(launcher.frame, loaders));
  }

  /** Returns the line with the name of its file, which need not be that of the class. */
  private static StackTraceElement inFile(StackTraceElement frame, List<ClassLoader> loaders) {
    String type = frame.getClassName();
    return loaders.stream()
        .map(loader -> SourceFile.of(type, loader))
        .filter(file -> file != null && !file.equals(frame.getFileName()))
        .findFirst()
        .map(
            file -> new StackTraceElement(type, frame.getMethodName(), file, frame.getLineNumber()))
        .orElse(frame);
  }

  private List<ClassLoader> loaders() {
    return Stream.concat(
            methods.loaders().stream(),
            Stream.of(
                Thread.currentThread().getContextClassLoader(), ClassLoader.getSystemClassLoader()))
        .filter(loader -> loader != null)
        .distinct()
        .toList();
  }

  private Home homeOf(String type, List<ClassLoader> loaders) {
    Home known = homes.get(type);
    for (int i = 0; known == null && i < loaders.size(); i++) {
      known = homeOf(type, loaders.get(i));
    }
    if (known == null) {
      return Home.ELSEWHERE;
    }
    if (homes.size() >= MOST_KNOWN) {
      homes.clear();
    }
    homes.put(type, known);
    return known;
  }

  /** Returns null if the loader does not find the class. */
  private static @Nullable Home homeOf(String type, ClassLoader loader) {
    try {
      CodeSource source = Class.forName(type, false, loader).getProtectionDomain().getCodeSource();
      URL location = source == null ? null : source.getLocation();
      return location == null ? Home.ELSEWHERE : homeIn(location.getPath());
    } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
      return null; // a loader may throw anything
    }
  }

  private static Home homeIn(String path) {
    if (!path.endsWith("/")) {
      return Home.ELSEWHERE; // a jar
    }
    String telling = Paths.BUILT.matcher(path).replaceFirst("");
    return Paths.TEST.matcher(telling).find() ? Home.TESTS : Home.DIRECTORY;
  }

  private static boolean isOurs(String type) {
    return startsWithAny(type, OUR_PACKAGES)
        || (type.startsWith(OURS) && type.indexOf('.', OURS.length()) < 0);
  }

  private static boolean isOfLanguage(Line line) {
    return startsWithAny(line.type(), LANGUAGES);
  }

  /** Returns whether a class has source lines: the JVM makes one for each lambda that has none. */
  private static boolean isSource(String type) {
    return !startsWithAny(type, JDK) && !type.contains("$$Lambda");
  }

  private static boolean startsWithAny(String type, List<String> prefixes) {
    return prefixes.stream().anyMatch(type::startsWith);
  }
}
