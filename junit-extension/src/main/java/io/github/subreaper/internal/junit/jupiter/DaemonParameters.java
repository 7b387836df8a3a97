package io.github.subreaper.internal.junit.jupiter;

import static org.junit.platform.commons.support.AnnotationSupport.isAnnotated;

import io.github.subreaper.Launch;
import io.github.subreaper.internal.junit.scopes.Session;
import io.github.subreaper.internal.junit.settings.ScopeName;
import io.github.subreaper.junit.Daemon;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;

/** Finds the daemons of a class and of a test, and the one that a parameter takes. */
final class DaemonParameters {
  private DaemonParameters() {}

  /** Starts the daemons of the static members, unless they run. */
  static void startStatic(ExtensionContext context) {
    start(
        DeclaredDaemon.of(context.getRequiredTestClass()).stream().filter(DeclaredDaemon::isStatic),
        List.of(),
        context);
  }

  /** Fails if one of the class has died; starts those of the instance members. */
  static void startForTest(ExtensionContext context) {
    for (ExtensionContext outer = context; outer != null; outer = parent(outer)) {
      AssertionError dead = TestScope.of(outer).daemons().failure(true);
      if (dead != null) {
        Session.of(context).left().explain(dead);
        throw dead;
      }
    }
    for (ExtensionContext outer = parent(context); outer != null; outer = parent(outer)) {
      TestScope.of(outer).daemons().testBegins(ScopeName.of(context));
    }
    List<Object> instances = new ArrayList<>(context.getRequiredTestInstances().getAllInstances());
    Collections.reverse(instances); // innermost first
    start(
        classes(context).stream()
            .flatMap(type -> DeclaredDaemon.of(type).stream())
            .filter(daemon -> !daemon.isStatic()),
        instances,
        context);
  }

  private static void start(
      Stream<DeclaredDaemon> declared, List<Object> instances, ExtensionContext context) {
    Map<DeclaredDaemon, Supplier<Launch>> all = new LinkedHashMap<>();
    declared.forEach(
        daemon ->
            all.put(
                daemon,
                () ->
                    TestScope.of(context).supervisor().start(daemon.program(instances, context))));
    if (!all.isEmpty()) {
      TestScope.of(context).daemons().start(all);
    }
  }

  static Launch resolve(ParameterContext parameter, ExtensionContext context) {
    DeclaredDaemon daemon = declared(parameter, context);
    if (daemon.isStatic()) {
      startStaticOfInstance(context);
    }
    for (ExtensionContext outer = context; outer != null; outer = parent(outer)) {
      Optional<Launch> found = TestScope.of(outer).daemons().find(daemon);
      if (found.isPresent()) {
        return found.get();
      }
    }
    Executable taker = parameter.getDeclaringExecutable();
    boolean waits = isAnnotated(taker, Daemon.class);
    if (daemon.isStatic() && !waits && context.getTestMethod().isPresent()) {
      throw wrong( // it was not there before the class
          parameter,
          "takes " + daemon + ", which has not started: only the parameter has the extension",
          "put @SubreaperTest on the class");
    }
    boolean later = !daemon.isStatic() && (Modifier.isStatic(taker.getModifiers()) || !waits);
    throw wrong(
        parameter,
        "takes "
            + daemon
            + (later ? ", which starts later, for each test" : ", which waits for it"),
        later
            ? "take it in @BeforeEach or in the test, or make it static"
            : "let one of the two do without the other");
  }

  /** With PER_CLASS the constructor is called before beforeAll. */
  private static void startStaticOfInstance(ExtensionContext context) {
    if (context.getTestMethod().isEmpty()) {
      startStatic(context);
    }
  }

  private static DeclaredDaemon declared(ParameterContext parameter, ExtensionContext context) {
    Map<String, DeclaredDaemon> visible = new LinkedHashMap<>();
    for (Class<?> type : classes(context)) {
      DeclaredDaemon.of(type).forEach(daemon -> visible.put(daemon.name(), daemon));
    }
    visible.values().removeIf(one -> one.member().equals(parameter.getDeclaringExecutable()));
    String name = parameter.findAnnotation(Daemon.class).map(Daemon::value).orElse("");
    if (visible.isEmpty()) {
      throw wrong(
          parameter,
          "takes a daemon, and " + ScopeName.of(context.getRequiredTestClass()) + " declares none",
          "declare one: `@Daemon static final Program SERVER = Program.of(…)`");
    }
    if (name.isEmpty() && visible.size() > 1) {
      throw wrong(
          parameter,
          "may be any of " + visible.values(),
          "say which: @Daemon(\"" + visible.keySet().iterator().next() + "\") Launch");
    }
    DeclaredDaemon found = name.isEmpty() ? visible.values().iterator().next() : visible.get(name);
    if (found == null) {
      throw wrong(
          parameter,
          "takes the daemon \"" + name + "\", which is not declared",
          "name one of " + visible.keySet());
    }
    return found;
  }

  /** Returns the enclosing classes and the class of the context, outermost first. */
  private static List<Class<?>> classes(ExtensionContext context) {
    List<Class<?>> classes = new ArrayList<>(context.getEnclosingTestClasses());
    context.getTestClass().ifPresent(classes::add);
    return classes;
  }

  private static @Nullable ExtensionContext parent(ExtensionContext context) {
    return context.getParent().orElse(null);
  }

  private static ExtensionConfigurationException wrong(
      ParameterContext parameter, String what, String fix) {
    return new ExtensionConfigurationException(
        "Parameter `%s` of %s.%s %s. To fix: %s."
            .formatted(
                parameter.getParameter(),
                ScopeName.of(parameter.getDeclaringExecutable().getDeclaringClass()),
                parameter.getDeclaringExecutable().getName(),
                what,
                fix));
  }
}
