package io.github.subreaper.internal.junit.settings;

import io.github.subreaper.Crashes;
import io.github.subreaper.junit.SubreaperTest;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
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
            .withLeaks(annotation.leaks())
            .withJudge(annotation.judge())
            .withStrict(annotation.strict())
            .withUnsupported(annotation.unsupported())
            .withReports(annotation.reports());
    Crashes crashes = annotation.crashes();
    settings = crashes == Crashes.DEFAULT ? settings : settings.withCrashes(crashes);
    for (Setting duration :
        List.of(
            new Setting("grace", annotation.grace(), origin),
            new Setting("settle", annotation.settle(), origin),
            new Setting("await", annotation.await(), origin))) {
      settings = duration.text().isEmpty() ? settings : settings.with(duration);
    }
    Setting survivors = new Setting("survivors", Arrays.toString(annotation.survivors()), origin);
    return settings.withSurvivors(
        Arrays.stream(annotation.survivors()).map(survivors::glob).toList());
  }
}
