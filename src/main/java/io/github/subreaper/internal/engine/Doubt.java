package io.github.subreaper.internal.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That a process is in a scope only because those who may have started it share that one. Guarded
 * by the registry's lock.
 */
public final class Doubt {
  private final List<String> candidates = new ArrayList<>();
  private volatile @Nullable String cameFrom;

  Doubt(Scope shared) {
    collect(shared);
  }

  private void collect(Scope scope) {
    for (Scope nested : scope.openNested) {
      if (nested.openNested.isEmpty()) {
        candidates.add(nested.name());
      }
      collect(nested);
    }
  }

  /** The innermost scopes that were open when it was first seen. */
  public List<String> candidates() {
    return candidates;
  }

  /** The one that started it, as was found out after that one's end; null if it was not. */
  public @Nullable String cameFrom() {
    return cameFrom;
  }

  void cameFrom(String scope) {
    cameFrom = scope;
  }
}
