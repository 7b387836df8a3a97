package io.github.subreaper.junit;

import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A third party's extension that auto-detection finds. On request it prints that it ran. */
public final class AnotherExtension implements BeforeEachCallback {
  static final String ASKED = "another.extension";

  @Override
  public void beforeEach(ExtensionContext context) {
    if (Boolean.getBoolean(ASKED)) {
      ChildJvm.say("another extension", context.getDisplayName());
    }
  }
}
