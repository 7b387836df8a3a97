package io.github.subreaper.internal.junit.jupiter;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Chooses the one that acts among several registered extensions: the first that asks. JUnit calls
 * extensions in the order of registration before a test and in reverse after it, so the active one
 * runs first before the test and last after it.
 */
public final class ActiveExtension {
  private static final Namespace NAMESPACE = Namespace.create(ActiveExtension.class);

  private ActiveExtension() {}

  @SuppressWarnings("deprecation") // computeIfAbsent is missing in 5.13
  public static boolean is(Object extension, ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(ActiveExtension.class, type -> extension)
        .equals(extension);
  }
}
