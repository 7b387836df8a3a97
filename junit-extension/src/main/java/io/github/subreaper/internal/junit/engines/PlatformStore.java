package io.github.subreaper.internal.junit.engines;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.support.store.Namespace;
import org.junit.platform.engine.support.store.NamespacedHierarchicalStore;
import org.junit.platform.launcher.LauncherSession;

/**
 * The values of a launcher session, one of a class. Extensions of Jupiter see them too, and what
 * can be closed is closed with the session, but not before JUnit 5.13.
 */
final class PlatformStore {
  static final PlatformStore EMPTY = new PlatformStore(null);

  private final @Nullable NamespacedHierarchicalStore<Namespace> store;
  private final Map<Class<?>, Object> own = new ConcurrentHashMap<>();

  private PlatformStore(@Nullable NamespacedHierarchicalStore<Namespace> store) {
    this.store = store;
  }

  static PlatformStore of(LauncherSession session) {
    try {
      return new PlatformStore(session.getStore());
    } catch (NoSuchMethodError | NoClassDefFoundError e) { // before 5.13
      return new PlatformStore(null);
    }
  }

  boolean closesValues() {
    return store != null;
  }

  <T> T get(Class<T> type, Supplier<T> made) {
    return type.cast(
        store == null
            ? own.computeIfAbsent(type, key -> made.get())
            : store.getOrComputeIfAbsent(Namespace.create(type), type, key -> made.get()));
  }
}
