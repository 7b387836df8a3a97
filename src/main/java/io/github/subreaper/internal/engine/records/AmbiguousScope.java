package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.time.Birth;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A process in doubt: it is in a scope only because the scopes that may have started it share that
 * one. The records' lock guards it.
 */
public final class AmbiguousScope {
  private final List<String> candidates = new ArrayList<>();
  private final Set<String> survivors = new LinkedHashSet<>();
  private volatile @Nullable String cameFrom;

  public AmbiguousScope(Scope shared, Birth birth) {
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

  /** Returns the globs of what these scopes let survive. */
  Set<String> survivors() {
    return survivors;
  }

  /**
   * Returns the scope that started it, if that was found out after the scope's end; null if not.
   */
  public @Nullable String cameFrom() {
    return cameFrom;
  }

  public void cameFrom(String scope) {
    cameFrom = scope;
  }
}
