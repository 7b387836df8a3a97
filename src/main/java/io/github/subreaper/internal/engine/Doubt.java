package io.github.subreaper.internal.engine;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * That a process is in a scope only because those who may have started it share that one. Guarded
 * by the registry's lock.
 */
public final class Doubt {
  private final List<String> candidates = new ArrayList<>();
  private final Set<String> survivors = new LinkedHashSet<>();
  private volatile @Nullable String cameFrom;

  Doubt(Scope shared, Birth birth) {
    collect(shared, birth);
  }

  private void collect(Scope scope, Birth birth) {
    for (Scope nested : scope.openNested(birth)) {
      if (nested.openNested(birth).isEmpty()) {
        candidates.add(nested.name());
        survivors.addAll(nested.policy().survivors());
      }
      collect(nested, birth);
    }
  }

  /** Returns the names of the innermost scopes that were open when it was born. */
  public List<String> candidates() {
    return candidates;
  }

  /** Returns the globs of what these let survive. */
  Set<String> survivors() {
    return survivors;
  }

  /** The one that started it, as was found out after that one's end; null if it was not. */
  public @Nullable String cameFrom() {
    return cameFrom;
  }

  void cameFrom(String scope) {
    cameFrom = scope;
  }
}
