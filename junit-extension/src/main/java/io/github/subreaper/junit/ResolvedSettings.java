package io.github.subreaper.junit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Resolves the settings of a test, a class or the run. The levels, nearest first: method
 * annotation, class annotation, {@code @RegisterExtension} on that class, enclosing class in the
 * same order, configuration parameter, default.
 */
final class ResolvedSettings {
  private ResolvedSettings() {}

  static Settings of(ExtensionContext context) {
    Settings settings = ofMethod(context);
    for (Class<?> type : classes(context)) {
      settings =
          settings
              .over(AnnotatedSettings.of(type))
              .over(RegisteredSettings.of(type, instance(type, context)));
    }
    return settings.over(ConfiguredSettings.of(context));
  }

  /** Returns whether some settings are unknown until the constructor has run. */
  static boolean needInstance(ExtensionContext context) {
    return classes(context).stream()
        .anyMatch(
            type -> RegisteredSettings.needInstance(type) && instance(type, context).isEmpty());
  }

  private static Settings ofMethod(ExtensionContext context) {
    return context
        .getTestMethod()
        .map(method -> AnnotatedSettings.of(context.getRequiredTestClass(), method))
        .orElse(Settings.NONE);
  }

  /** Returns the class of the context, then its enclosing classes, innermost first. */
  private static List<Class<?>> classes(ExtensionContext context) {
    List<Class<?>> classes = new ArrayList<>(context.getEnclosingTestClasses());
    context.getTestClass().ifPresent(classes::add);
    Collections.reverse(classes);
    return classes;
  }

  private static Optional<Object> instance(Class<?> type, ExtensionContext context) {
    return context
        .getTestInstances()
        .flatMap(instances -> instances.findInstance(type).map(Object.class::cast));
  }
}
