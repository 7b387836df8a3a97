package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.linux.Time;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.Set;

/**
 * Loads the classes of an activation on a second CPU while the calling thread loads those of JNA. A
 * class that is not loaded here is loaded at its first use, so a failure means nothing.
 */
final class ClassLoading implements Runnable, AutoCloseable {
  private static final long LONGEST_CLASS_NANOS = 1_000_000_000;
  private static final String THREAD = "subreaper loader";
  private static final String OURS = "io.github.subreaper.internal.";

  private final Class<?> root;
  private final Set<Class<?>> loaded = new HashSet<>();
  private final Time time;
  private final Thread thread;
  private volatile boolean closed;

  private ClassLoading(Time time, Class<?> root) {
    this.time = time;
    this.root = root;
    this.thread = time.thread(this, THREAD);
  }

  /** Starts the thread. */
  static ClassLoading start(Time time, Class<?> root) {
    ClassLoading made = new ClassLoading(time, root);
    time.start(made.thread);
    return made;
  }

  /**
   * Begins to load what takes long, before an activation: the flight recorder, JNA, then the
   * classes.
   */
  static void prepare(Time time, Class<?> root) {
    try {
      time.start(time.thread(() -> loadAll(time, root), THREAD));
    } catch (OutOfMemoryError e) {
      return; // the activation tries again
    }
  }

  private static void loadAll(Time time, Class<?> root) {
    Origin.prepare();
    if (Support.noKernel() == null) {
      new ClassLoading(time, root).run();
    }
  }

  @Override
  public void run() {
    try {
      load(root);
    } catch (RuntimeException | LinkageError e) {
      return;
    }
  }

  /** Ends the thread, so that a refused activation leaves none. */
  @Override
  public void close() {
    closed = true;
    time.join(thread, LONGEST_CLASS_NANOS);
  }

  /**
   * Loads and links the types of the fields that are set at once, by a constructor or initializer;
   * none of them is initialized. What is set later may never be, such as the recorder of starts.
   */
  private void load(Class<?> type) {
    if (!closed && type.getName().startsWith(OURS) && loaded.add(type)) {
      for (Field field : type.getDeclaredFields()) {
        if (Modifier.isFinal(field.getModifiers())) {
          load(field.getType());
        }
      }
    }
  }
}
