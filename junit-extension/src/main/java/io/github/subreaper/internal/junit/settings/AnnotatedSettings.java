package io.github.subreaper.internal.junit.settings;

import static io.github.subreaper.internal.junit.settings.Settings.AWAIT;
import static io.github.subreaper.internal.junit.settings.Settings.CRASHES;
import static io.github.subreaper.internal.junit.settings.Settings.GRACE;
import static io.github.subreaper.internal.junit.settings.Settings.JUDGE;
import static io.github.subreaper.internal.junit.settings.Settings.LEAKS;
import static io.github.subreaper.internal.junit.settings.Settings.REPORTS;
import static io.github.subreaper.internal.junit.settings.Settings.SETTLE;
import static io.github.subreaper.internal.junit.settings.Settings.STRICT;
import static io.github.subreaper.internal.junit.settings.Settings.SURVIVORS;
import static io.github.subreaper.internal.junit.settings.Settings.UNSUPPORTED;

import io.github.subreaper.junit.SubreaperTest;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@link SubreaperTest} from a method or a class: directly, through another annotation, or
 * inherited from an interface or a superclass. The nearest one wins.
 */
final class AnnotatedSettings {
  private final Set<Object> seen = new HashSet<>();
  private final String target;
  private Settings settings = Settings.NONE;

  private AnnotatedSettings(String target) {
    this.target = target;
  }

  static Settings of(Class<?> testClass, Method method) {
    AnnotatedSettings found =
        new AnnotatedSettings("method " + ScopeName.of(testClass) + "." + method.getName() + "()");
    found.collect(method, "");
    return found.settings;
  }

  static Settings of(Class<?> testClass) {
    AnnotatedSettings found = new AnnotatedSettings("class " + ScopeName.of(testClass));
    found.collectInherited(testClass, "");
    return found.settings;
  }

  private void collectInherited(@Nullable Class<?> type, String via) {
    if (type == null || type == Object.class || !seen.add(type)) {
      return;
    }
    collect(type, via);
    for (Class<?> parent : type.getInterfaces()) {
      collectInherited(parent, ", through " + ScopeName.of(parent));
    }
    Class<?> parent = type.getSuperclass();
    if (parent != null) {
      collectInherited(parent, ", through " + ScopeName.of(parent));
    }
  }

  private void collect(AnnotatedElement element, String via) {
    SubreaperTest annotation = element.getDeclaredAnnotation(SubreaperTest.class);
    if (annotation != null) {
      settings = settings.over(read(annotation, "@SubreaperTest on " + target + via));
    }
    for (Annotation carrier : element.getDeclaredAnnotations()) {
      Class<? extends Annotation> type = carrier.annotationType();
      if (!type.getName().startsWith("java.lang.annotation.") && seen.add(type)) {
        collect(type, ", through @" + ScopeName.of(type));
      }
    }
  }

  private static Settings read(SubreaperTest annotation, String origin) {
    Settings settings =
        Settings.NONE
            .with(LEAKS, annotation.leaks())
            .with(JUDGE, annotation.judge())
            .with(STRICT, annotation.strict())
            .with(UNSUPPORTED, annotation.unsupported())
            .with(REPORTS, annotation.reports())
            .with(CRASHES, annotation.crashes());
    settings = with(settings, GRACE, annotation.grace(), origin);
    settings = with(settings, SETTLE, annotation.settle(), origin);
    settings = with(settings, AWAIT, annotation.await(), origin);
    Setting survivors = new Setting("survivors", Arrays.toString(annotation.survivors()), origin);
    return settings.with(
        SURVIVORS, Arrays.stream(annotation.survivors()).map(survivors::glob).toList());
  }

  private static Settings with(Settings settings, Settings.Key<?> key, String text, String origin) {
    return text.isEmpty() ? settings : settings.with(key, new Setting(key.name(), text, origin));
  }
}
