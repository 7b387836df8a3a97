package io.github.subreaper.internal.junit.settings;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotatedFields;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** Reads the settings of the {@code @RegisterExtension} fields of a class. */
final class RegisteredSettings {
  private RegisteredSettings() {}

  /** Reads the static fields, and the instance fields if the instance exists already. */
  static Settings of(Class<?> testClass, Optional<Object> instance) {
    Settings settings = Settings.NONE;
    for (Field field : fields(testClass)) {
      if (isStatic(field) || instance.isPresent()) {
        settings = settings.over(read(field, isStatic(field) ? null : instance.orElseThrow()));
      }
    }
    return settings;
  }

  /** Returns whether a class has settings that are unknown until its instance exists. */
  static boolean needInstance(Class<?> testClass) {
    return fields(testClass).stream()
        .anyMatch(field -> !isStatic(field) && mayHold(field.getType()));
  }

  private static boolean mayHold(Class<?> type) {
    return isExtension(type) || type.isAssignableFrom(ConfigurableExtension.class);
  }

  private static boolean isExtension(Class<?> type) {
    return ConfigurableExtension.class.isAssignableFrom(type);
  }

  /** Returns whether a class has such a field. */
  static boolean isIn(Class<?> testClass) {
    return fields(testClass).stream().anyMatch(field -> isExtension(field.getType()));
  }

  private static Settings read(Field field, @Nullable Object instance) {
    return ReflectionSupport.tryToReadFieldValue(field, instance)
        .toOptional()
        .filter(ConfigurableExtension.class::isInstance)
        .map(ConfigurableExtension.class::cast)
        .map(ConfigurableExtension::settings)
        .orElse(Settings.NONE);
  }

  private static List<Field> fields(Class<?> testClass) {
    return findAnnotatedFields(
        testClass, RegisterExtension.class, field -> true, HierarchyTraversalMode.BOTTOM_UP);
  }

  private static boolean isStatic(Field field) {
    return Modifier.isStatic(field.getModifiers());
  }
}
