package io.github.subreaper.internal.engine;

import java.util.function.Predicate;

/**
 * What an end leaves alive, beside the survivors of its scope. The lock is not held when it is
 * asked.
 *
 * @param postponed whether a process that would be a leak is judged later, not by this end
 * @param left whether a leak is judged now and terminated later
 * @param isReleased whether all goes to the next outer scope, also what was launched
 */
public record Staying(
    Predicate<ProcessRecord> postponed, Predicate<ProcessRecord> left, boolean isReleased) {
  public static final Staying NONE = new Staying(process -> false, process -> false, false);

  public static final Staying ALL = new Staying(process -> true, process -> false, true);

  boolean isPostponed(ProcessRecord process) {
    return postponed.test(process);
  }

  boolean isLeft(ProcessRecord process) {
    return left.test(process);
  }
}
