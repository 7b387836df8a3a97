package io.github.subreaper.internal.engine;

import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Set;

/**
 * Loads the classes of an activation on a second CPU while the calling thread loads those of JNA. A
 * class that is not loaded here is loaded at its first use, so a failure means nothing.
 */
final class ClassLoading implements Runnable {
  private static final String OURS = "io.github.subreaper.internal.";

  private final Class<?> root;
  private final Set<Class<?>> loaded = new HashSet<>();

  ClassLoading(Class<?> root) {
    this.root = root;
  }

  @Override
  public void run() {
    try {
      load(root);
    } catch (RuntimeException | LinkageError e) {
      return;
    }
  }

  /** Loads and links the types of all fields; none of them is initialized. */
  private void load(Class<?> type) {
    if (type.getName().startsWith(OURS) && loaded.add(type)) {
      for (Field field : type.getDeclaredFields()) {
        load(field.getType());
      }
    }
  }
}
