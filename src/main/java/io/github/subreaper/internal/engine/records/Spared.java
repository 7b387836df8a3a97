package io.github.subreaper.internal.engine.records;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What an end leaves alive, beside the survivors of its scope. The lock is not held when it is
 * asked.
 *
 * @param postponed whether a process that would be a leak is judged later, not by this end; null if
 *     none is
 * @param left whether a leak is judged now and terminated later; null if none is
 * @param isReleased whether all goes to the next outer scope, also what was launched
 */
public record Spared(
    @Nullable Predicate<ProcessRecord> postponed,
    @Nullable Predicate<ProcessRecord> left,
    boolean isReleased) {
  public static final Spared NONE = new Spared(null, null, false);

  public static final Spared ALL = new Spared(null, null, true);

  public boolean isNone() {
    return postponed == null && left == null && !isReleased;
  }

  public boolean isPostponed(ProcessRecord process) {
    return postponed != null && postponed.test(process);
  }

  public boolean isLeft(ProcessRecord process) {
    return left != null && left.test(process);
  }
}
