package io.github.subreaper.junit;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Which of several registered extensions acts: the first that is asked. JUnit asks in the order of
 * registration, and in reverse after a test, so it is the first before and the last after.
 */
final class Acting {
  private Acting() {}

  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  static boolean is(SubreaperExtension extension, ExtensionContext context) {
    return context
        .getStore(Namespace.create(Acting.class))
        .getOrComputeIfAbsent(Acting.class, type -> extension, SubreaperExtension.class)
        .equals(extension);
  }
}
