package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.junit.SubreaperTest;
import java.lang.reflect.AnnotatedElement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Resolves the settings of a test, a class or the run. The levels, nearest first: method
 * annotation, class annotation, {@code @RegisterExtension} on that class, enclosing class in the
 * same order, configuration parameter, default.
 */
public final class ResolvedSettings {
  private static final Namespace NAMESPACE = Namespace.create(ResolvedSettings.class);

  private ResolvedSettings() {}

  /**
   * Remembers settings: each step of a test asks for them.
   *
   * @param complete false if some are unknown until the constructor has run
   */
  private record Known(Settings settings, boolean complete) {}

  public static Settings of(ExtensionContext context) {
    return known(context).settings;
  }

  /** Returns whether some settings are unknown until the constructor has run. */
  public static boolean needInstance(ExtensionContext context) {
    return !known(context).complete;
  }

  /** Returns whether the test or a class around it has the extension in its code. */
  public static boolean areInCode(ExtensionContext context) {
    return hasAnnotatedMethod(context)
        || classes(context).stream()
            .anyMatch(type -> isAnnotated(type) || RegisteredSettings.isIn(type));
  }

  private static boolean hasAnnotatedMethod(ExtensionContext context) {
    return context.getTestMethod().filter(ResolvedSettings::isAnnotated).isPresent();
  }

  private static boolean isAnnotated(AnnotatedElement element) {
    return AnnotationSupport.isAnnotated(element, SubreaperTest.class);
  }

  private static Known known(ExtensionContext context) {
    Store store = context.getStore(NAMESPACE);
    String key = context.getUniqueId(); // a store also finds the values of its parents
    Known known = store.get(key, Known.class);
    if (known == null || !(known.complete || context.getTestInstances().isEmpty())) {
      known = ofClass(context);
      if (known == null) {
        known = new Known(resolve(context), isComplete(context));
      }
      store.put(key, known);
    }
    return known;
  }

  /** Returns what a class has resolved already, for a method that has no settings of its own. */
  private static @Nullable Known ofClass(ExtensionContext context) {
    ExtensionContext outer = context;
    while (outer.getTestMethod().isPresent() && outer.getParent().isPresent()) {
      outer = outer.getParent().get();
    }
    if (outer == context
        || !outer.getTestClass().equals(context.getTestClass())
        || hasAnnotatedMethod(context)) {
      return null;
    }
    Known known = known(outer);
    return known.complete ? known : null;
  }

  private static boolean isComplete(ExtensionContext context) {
    return classes(context).stream()
        .noneMatch(
            type -> RegisteredSettings.needInstance(type) && instance(type, context).isEmpty());
  }

  private static Settings resolve(ExtensionContext context) {
    UnknownParameters.reject(context);
    Settings settings = ofMethod(context);
    for (Class<?> type : classes(context)) {
      settings =
          settings
              .over(AnnotatedSettings.of(type))
              .over(RegisteredSettings.of(type, instance(type, context)));
    }
    return settings.over(ConfiguredSettings.of(context::getConfigurationParameter));
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
