package io.github.subreaper.pages;

import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.Kit;
import io.github.subreaper.junit.Required;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The examples of pages, compiled. Each line of the code has the number that it has on its page, in
 * errors of the compiler and in stack traces.
 */
final class Examples implements AutoCloseable {
  private static final String IMPORTS =
      """
      import static io.github.subreaper.assertj.Convention.*;
      import static io.github.subreaper.assertj.ProcessConditions.*;
      import static io.github.subreaper.assertj.SubreaperAssertions.*;
      import static org.awaitility.Awaitility.await;
      import io.github.subreaper.*;
      import io.github.subreaper.assertj.*;
      import java.net.*;
      import java.nio.file.*;
      import java.time.*;
      import java.util.*;
      """
          .replace('\n', ' ');

  private final Map<Example, Class<?>> compiled = new LinkedHashMap<>();
  private final Map<String, ? extends Supplier<? extends Fixture>> fixtures;
  private final URLClassLoader loader;

  /**
   * Compiles all examples at once.
   *
   * @param fixtures by {@link #key}
   * @param classes an empty directory
   */
  Examples(
      List<Example> examples,
      Map<String, ? extends Supplier<? extends Fixture>> fixtures,
      Path classes)
      throws IOException, ClassNotFoundException {
    this.fixtures = fixtures;
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Required.orSkip(compiler != null, "no Java compiler: this is a JRE, and the test needs a JDK");
    List<Source> sources = new ArrayList<>();
    Set<String> problems = new LinkedHashSet<>();
    Set<String> unused = new LinkedHashSet<>(fixtures.keySet());
    for (Example example : examples) {
      if (example.kind() != Example.Kind.CLASS) {
        unused.removeAll(List.of(key(example, true), key(example, false)));
      }
      add(example, sources, problems);
    }
    unused.forEach(key -> problems.add(unused(key)));
    if (!sources.isEmpty()) {
      compile(compiler, sources, classes, problems);
    }
    if (!problems.isEmpty()) {
      throw new AssertionError("\n" + String.join("\n\n", problems));
    }
    loader =
        new URLClassLoader(new URL[] {classes.toUri().toURL()}, Examples.class.getClassLoader());
    for (Source source : sources) {
      compiled.put(source.example, loader.loadClass(source.className));
    }
  }

  /** Returns the name under which a fixture is declared. */
  private static String key(Example example, boolean ofRow) {
    String page = example.page().replaceFirst(".*/", "");
    return page + ": " + example.chapter() + (ofRow ? ": " + example.row() : "");
  }

  private void add(Example example, List<Source> sources, Set<String> problems) {
    String name = "page" + sources.size();
    if (example.kind() == Example.Kind.CLASS) {
      sources.add(new Source(example, name, example.code()));
      return;
    }
    Supplier<? extends Fixture> fixture = fixture(example);
    if (fixture == null) {
      problems.add(
          example
              + "\nThe chapter has an example and no fixture.\nTo fix: write a public class that"
              + " extends Fixture in Fixtures.java, with a public method for each variable that the"
              + " example uses and does not declare; and add it to Fixtures.ALL as \""
              + key(example, false)
              + "\".");
      return;
    }
    sources.add(new Source(example, name, method(example, fixture.get().getClass())));
  }

  private static String unused(String key) {
    return key
        + "\nNo example uses this fixture.\nTo fix: if a chapter or a row has another title now,"
        + " change the key in Fixtures.ALL; if its example is gone, remove the fixture.";
  }

  private Supplier<? extends Fixture> fixture(Example example) {
    Supplier<? extends Fixture> chapter = fixtures.get(key(example, false));
    Supplier<? extends Fixture> row = fixtures.get(key(example, true));
    return row == null ? chapter : row;
  }

  private static String method(Example example, Class<?> fixture) {
    StringBuilder method = new StringBuilder(IMPORTS);
    method
        .append("public final class Example { public static java.util.Map<String, Object> run(")
        .append(fixture.getCanonicalName())
        .append(" fixture) throws Exception { ");
    Arrays.stream(fixture.getMethods())
        .filter(getter -> Fixture.class.isAssignableFrom(getter.getDeclaringClass()))
        .filter(getter -> getter.getParameterCount() == 0)
        .map(Method::getName)
        .distinct()
        .filter(example::uses)
        .sorted()
        .forEach(name -> method.append("var " + name + " = fixture." + name + "(); "));
    Arrays.stream(fixture.getFields())
        .map(Field::getName)
        .filter(example::uses)
        .forEach(name -> method.append("var " + name + " = fixture." + name + "; "));
    method.append("\n".repeat(example.line() - 1));
    if (example.kind() == Example.Kind.CALL) {
      method.append("assertThat(fixture.subject()).").append(example.statements());
    } else {
      method.append(example.statements());
    }
    method.append("\njava.util.Map<String, Object> declared = new java.util.HashMap<>(); ");
    for (String variable : example.declared(true)) {
      method.append("declared.put(\"" + variable + "\", " + variable + "); ");
    }
    return method.append("return declared; } }").toString();
  }

  private void compile(
      JavaCompiler compiler, List<Source> sources, Path classes, Set<String> problems)
      throws IOException {
    List<String> options =
        List.of(
            "-d",
            classes.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "--release",
            "17",
            "-proc:none");
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(found, Locale.ENGLISH, StandardCharsets.UTF_8)) {
      compiler.getTask(null, files, found, options, null, sources).call();
    }
    for (Diagnostic<? extends JavaFileObject> one : found.getDiagnostics()) {
      if (one.getKind() == Diagnostic.Kind.ERROR) {
        problems.add(problem(one));
      }
    }
  }

  private String problem(Diagnostic<? extends JavaFileObject> error) {
    String message = error.getMessage(Locale.ENGLISH);
    if (!(error.getSource() instanceof Source source)) {
      return message;
    }
    Example example = source.example;
    String fix = "";
    if (example.kind() != Example.Kind.CLASS) {
      fix =
          "\nTo fix: correct the page. If the example uses a variable that the page explains, add a"
              + " public method of that name to "
              + fixture(example).get().getClass().getCanonicalName()
              + ".";
    }
    // An error after the last line is one of the code that is added there.
    long line =
        Math.min(error.getLineNumber(), example.line() + example.code().lines().count() - 1);
    return example.page() + ":" + line + " " + message + fix;
  }

  /** Returns the examples that can be run. */
  List<Example> runnable() {
    return compiled.keySet().stream()
        .filter(example -> example.kind() != Example.Kind.CALL)
        .toList();
  }

  /** Returns the examples that are only compiled. */
  List<Example> calls() {
    return compiled.keySet().stream()
        .filter(example -> example.kind() == Example.Kind.CALL)
        .toList();
  }

  /** Runs an example: a class by JUnit, statements with their fixture. */
  void run(Example example, Supervisor supervisor, Path directory, Path shared) throws Exception {
    Class<?> type = compiled.get(example);
    if (example.kind() == Example.Kind.CLASS) {
      Kit.run(type).assertPassed();
      return;
    }
    Fixture fixture = fixture(example).get();
    fixture.begin(supervisor, directory, shared);
    Object declared;
    try {
      declared = type.getMethod("run", fixture.getClass()).invoke(null, fixture);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (Exception) e.getCause();
    }
    fixture.verify((Map<?, ?>) declared);
  }

  @Override
  public void close() throws IOException {
    loader.close();
  }

  /** The source of one class, in a package of its own and under the name of its page. */
  private static final class Source extends SimpleJavaFileObject {
    private final Example example;
    private final String className;
    private final String text;

    Source(Example example, String packageName, String code) {
      super(URI.create("page:///" + example.page()), Kind.SOURCE);
      this.example = example;
      this.className = packageName + "." + example.className();
      String head = "package " + packageName + "; ";
      this.text =
          example.kind() == Example.Kind.CLASS
              ? head + "\n".repeat(example.line() - 1) + code
              : head + code;
    }

    @Override
    public boolean isNameCompatible(String simpleName, Kind kind) {
      return true;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
