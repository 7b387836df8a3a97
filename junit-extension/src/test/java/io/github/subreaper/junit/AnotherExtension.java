package io.github.subreaper.junit;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An extension of somebody else that auto-detection finds. It says so where a test asks for it. */
public final class AnotherExtension implements BeforeEachCallback {
  static final String ASKED = "another.extension";

  @Override
  public void beforeEach(ExtensionContext context) {
    if (Boolean.getBoolean(ASKED)) {
      ChildJvm.say("another extension", context.getDisplayName());
    }
  }
}
