package io.github.subreaper.internal.junit.jupiter;

import static org.junit.platform.commons.support.AnnotationSupport.findRepeatableAnnotations;

import io.github.subreaper.internal.junit.settings.ConfigurableExtension;
import io.github.subreaper.internal.junit.settings.ResolvedSettings;
import java.lang.reflect.AnnotatedElement;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Finds out whether a test was written for the extension, or is guarded by auto-detection only. */
final class OptIn {
  private OptIn() {}

  static boolean isIn(ExtensionContext context) {
    return ResolvedSettings.areInCode(context)
        || elements(context).anyMatch(OptIn::isExtended)
        || Unguarded.need(context).isPresent();
  }

  private static Stream<AnnotatedElement> elements(ExtensionContext context) {
    return Stream.of(
            context.getTestMethod().stream(),
            context.getTestClass().stream(),
            context.getEnclosingTestClasses().stream())
        .flatMap(part -> part);
  }

  private static boolean isExtended(AnnotatedElement element) {
    return findRepeatableAnnotations(element, ExtendWith.class).stream()
        .flatMap(extended -> Arrays.stream(extended.value()))
        .anyMatch(ConfigurableExtension.class::isAssignableFrom);
  }
}
