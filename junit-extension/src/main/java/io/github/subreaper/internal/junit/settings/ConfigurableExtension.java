package io.github.subreaper.internal.junit.settings;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * The extension as far as the settings know it: they read those of an extension in a field, and ask
 * which fields can hold one. It is a class of this room since the extension itself uses the room.
 */
public abstract class ConfigurableExtension
    implements InvocationInterceptor,
        ExecutionCondition,
        TestInstancePreConstructCallback,
        ParameterResolver,
        BeforeAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        AfterAllCallback,
        TestWatcher {
  private final Settings settings;

  protected ConfigurableExtension(Settings settings) {
    this.settings = settings;
  }

  final Settings settings() {
    return settings;
  }
}
