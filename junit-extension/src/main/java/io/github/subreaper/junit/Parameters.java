package io.github.subreaper.junit;

import java.util.Optional;

/** Where configuration parameters come from: JUnit gives them to extensions and to listeners. */
interface Parameters {
  /** Returns a parameter's text; empty if it is not set. */
  Optional<String> get(String name);

  /** Returns the text, stripped; "" if it is not set. */
  default String text(String name) {
    return get(name).orElse("").strip();
  }
}
