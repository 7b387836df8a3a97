package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.records.ScopeEnd.SurvivorRecord;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one step of an end found. See {@link ScopeEnd}.
 *
 * @param settled how many seconds it had to settle, at most
 */
public record Findings(
    List<TreeNode> before,
    List<ProcessRecord> leaked,
    List<TreeNode> diagnosis,
    List<SurvivorRecord> survivors,
    double settled) {

  public static final Findings NONE = new Findings(List.of(), List.of(), List.of(), List.of(), 0);

  public static Findings of(@Nullable ScopeEnd end) {
    return end == null
        ? NONE
        : new Findings(
            end.before(),
            end.leaked(),
            end.diagnosis(),
            end.survivors().isEmpty()
                ? List.of()
                : end.survivors().stream().filter(one -> !one.process().exitSeen()).toList(),
            end.settledSeconds());
  }

  public Findings and(Findings next) {
    return new Findings(
        joined(before, next.before),
        joined(leaked, next.leaked),
        joined(diagnosis, next.diagnosis),
        joined(survivors, next.without(survivors)),
        Math.max(settled, next.settled));
  }

  private List<SurvivorRecord> without(List<SurvivorRecord> known) {
    return known.isEmpty()
        ? survivors
        : survivors.stream()
            .filter(one -> known.stream().noneMatch(other -> other.process() == one.process()))
            .toList();
  }

  private static <T> List<T> joined(List<T> one, List<T> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.isEmpty() ? other : one;
    }
    return Stream.concat(one.stream(), other.stream()).toList();
  }
}
