package io.github.subreaper.pages;

import io.github.subreaper.Supervisor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The variables of the examples of a chapter: each public field is one, and each public method
 * without parameters, which is called before an example that uses a variable of its name and does
 * not declare it.
 */
public abstract class Fixture {
  private Supervisor supervisor;
  private Path directory;
  private Path shared;

  /** Prepares what a run needs, with an empty directory and one that all runs share. */
  final void begin(Supervisor scope, Path empty, Path ofAll) throws IOException {
    supervisor = scope;
    directory = empty;
    shared = ofAll;
    prepare();
  }

  /** Starts what an example needs and does not name. */
  void prepare() throws IOException {}

  /** Returns a scope whose waits are long. */
  public Supervisor supervisor() {
    return supervisor;
  }

  /** Returns a directory for the files of one example. */
  public Path directory() {
    return directory;
  }

  /** Returns a directory for what is made once. */
  final Path inShared(String name) {
    return shared.resolve(name);
  }

  /** Takes the place of the ellipsis in a {@code try} whose last resource is given. */
  public void within(Object resource) {
    throw new AssertionError("To fix: override within(Object) in " + getClass().getName());
  }

  /** Checks what the example did, by the variables that it declared in its outermost block. */
  void verify(Map<?, ?> declared) {}
}
