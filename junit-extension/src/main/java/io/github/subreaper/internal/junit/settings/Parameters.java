package io.github.subreaper.internal.junit.settings;

import java.util.Optional;
import java.util.Properties;

/** Where configuration parameters come from: JUnit gives them to extensions and to listeners. */
public interface Parameters {
  /** Returns a parameter's text; empty if it is not set. */
  Optional<String> get(String name);

  /** Returns those of this JVM, for tests that no Platform runs: as JUnit 5 finds them. */
  static Parameters ofJvm() {
    Properties file =
        UnknownParameters.files().values().stream().findFirst().orElseGet(Properties::new);
    return name ->
        Optional.ofNullable(System.getProperty(name))
            .or(() -> Optional.ofNullable(file.getProperty(name)));
  }

  /** Returns the text, stripped; "" if it is not set. */
  default String text(String name) {
    return get(name).orElse("").strip();
  }
}
