package io.github.subreaper.junit;

import io.github.subreaper.Launch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;

/** Finds the daemons of a class and of a test, and the one that a parameter takes. */
final class DaemonParameters {
  private DaemonParameters() {}

  /** Starts the daemons of the static fields, unless they run. */
  static void startStatic(ExtensionContext context) {
    List<DeclaredDaemon> fields =
        DeclaredDaemon.of(context.getRequiredTestClass()).stream()
            .filter(DeclaredDaemon::isStatic)
            .toList();
    if (!fields.isEmpty()) {
      TestScope scope = TestScope.of(context);
      scope.daemons().start(fields, List.of(), scope.supervisor());
    }
  }

  /** Fails if one of the class has died; starts those of the instance fields. */
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
    List<DeclaredDaemon> fields = new ArrayList<>();
    for (Class<?> type : classes(context)) {
      for (DeclaredDaemon field : DeclaredDaemon.of(type)) {
        if (!field.isStatic()) {
          fields.add(field);
        }
      }
    }
    if (!fields.isEmpty()) {
      TestScope scope = TestScope.of(context);
      List<Object> instances =
          new ArrayList<>(context.getRequiredTestInstances().getAllInstances());
      Collections.reverse(instances); // innermost first
      scope.daemons().start(fields, instances, scope.supervisor());
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
    throw wrong(
        parameter,
        "takes " + daemon + ", which starts later, for each test",
        "take it in @BeforeEach or in the test, or make the field static");
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
