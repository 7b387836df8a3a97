package io.github.subreaper.internal.junit.jupiter;

import static java.lang.System.Logger.Level.WARNING;
import static org.junit.platform.commons.support.AnnotationSupport.findAnnotatedFields;
import static org.junit.platform.commons.support.AnnotationSupport.findAnnotatedMethods;
import static org.junit.platform.commons.support.AnnotationSupport.isAnnotated;
import static org.junit.platform.commons.support.ReflectionSupport.findMethods;

import io.github.subreaper.internal.junit.scopes.Session;
import io.github.subreaper.internal.junit.settings.JUnitVersion;
import io.github.subreaper.internal.junit.settings.ResolvedSettings;
import io.github.subreaper.junit.Daemon;
import io.github.subreaper.junit.Unsupported;
import java.lang.annotation.Annotation;
import java.lang.reflect.Executable;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.platform.commons.JUnitException;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * Lets tests run where nothing can be guarded, for {@link Unsupported#UNGUARDED}. On a system that
 * is not Linux no class of the core is loaded but the values that an extension in a field is built
 * with, and so no JNA: types are compared by their names.
 *
 * @param reason why the system is not supported
 */
public record Unguarded(String reason) {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");
  public static final String LINUX = "Linux";

  private static final List<Class<? extends Annotation>> LIFECYCLE =
      List.of(BeforeAll.class, BeforeEach.class, AfterEach.class, AfterAll.class);

  /** Returns null if the test is guarded, or fails or is skipped because it can't be. */
  public static @Nullable Unguarded at(ExtensionContext context) {
    String system = System.getProperty("os.name", "");
    boolean linux = system.equals(LINUX);
    if ((linux && Session.isActive(context)) || !isWanted(context)) {
      return null;
    }
    String reason =
        linux
            ? UnsupportedSystem.reason(context)
            : "this is " + system + "; a subreaper needs Linux";
    if (reason == null) {
      return null;
    }
    log(reason, context);
    return new Unguarded(reason);
  }

  private static boolean isWanted(ExtensionContext context) {
    try {
      return ResolvedSettings.of(context).unsupported() == Unsupported.UNGUARDED;
    } catch (JUnitException e) {
      return false; // reported when the settings are read next; JUnit would wrap it here
    }
  }

  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  private static void log(String reason, ExtensionContext context) {
    AtomicBoolean logged =
        JUnitVersion.sessionStore(context, Unguarded.class)
            .getOrComputeIfAbsent(
                Unguarded.class, type -> new AtomicBoolean(), AtomicBoolean.class);
    if (!logged.getAndSet(true)) {
      LOG.log(
          WARNING,
          "subreaper: tests run unguarded, and processes that they leave stay. Tests that need a"
              + " Supervisor are skipped (unsupported = UNGUARDED). The reason: "
              + reason);
    }
  }

  /** Returns whether a parameter is of a type that only a guarded test can have. */
  public static boolean needsGuard(Parameter parameter) {
    String type = parameter.getType().getName();
    return type.equals("io.github.subreaper.Supervisor")
        || type.equals("io.github.subreaper.Launch");
  }

  /**
   * Returns why a class or a test is skipped, before any of its code runs: it takes what there is
   * not, or its class does for each test.
   */
  public Optional<String> reasonToSkip(ExtensionContext context) {
    return need(context).map(this::skipped);
  }

  /** Returns what a test takes, or its class does for each test, that only a guarded one has. */
  static Optional<String> need(ExtensionContext context) {
    Stream<Executable> ofTheClass =
        context.getTestClass().stream()
            .flatMap(Unguarded::withEnclosing)
            .flatMap(Unguarded::ofEachTest);
    return Stream.concat(context.getTestMethod().stream(), ofTheClass)
        .flatMap(taker -> Arrays.stream(taker.getParameters()))
        .filter(Unguarded::needsGuard)
        .findFirst()
        .map(parameter -> parameter.getType().getSimpleName())
        .or(() -> context.getTestClass().flatMap(Unguarded::daemon));
  }

  /** Returns a class and those whose instances JUnit makes and prepares for its tests, too. */
  private static Stream<Class<?>> withEnclosing(Class<?> type) {
    return Stream.iterate(
        type,
        Objects::nonNull,
        inner -> Modifier.isStatic(inner.getModifiers()) ? null : inner.getEnclosingClass());
  }

  private static Stream<Executable> ofEachTest(Class<?> type) {
    return Stream.concat(
        Arrays.stream(type.getDeclaredConstructors()),
        findMethods(type, Unguarded::isLifecycle, HierarchyTraversalMode.TOP_DOWN).stream());
  }

  private static boolean isLifecycle(Method method) {
    return LIFECYCLE.stream().anyMatch(type -> isAnnotated(method, type));
  }

  private static Optional<String> daemon(Class<?> type) {
    return Stream.<Member>concat(
            findAnnotatedFields(type, Daemon.class, field -> true, HierarchyTraversalMode.TOP_DOWN)
                .stream(),
            findAnnotatedMethods(type, Daemon.class, HierarchyTraversalMode.TOP_DOWN).stream())
        .findFirst()
        .map(member -> "@Daemon " + member.getName());
  }

  private String skipped(String what) {
    return "unsupported = UNGUARDED: there is no " + what + ". The reason: " + reason;
  }

  /** Returns what a parameter throws that could not be foreseen. */
  public ParameterResolutionException refused(Parameter parameter) {
    return new ParameterResolutionException(skipped(parameter.getType().getSimpleName()));
  }
}
