package io.github.subreaper.internal.engine.spawn;

/** A child that is being started, as the caller of an {@link Attempt} knows it. */
public interface Newborn {
  /** Makes its record. Until this returns, its pid is not reused. */
  void record(int pid);

  /**
   * The attempt has failed. Returns whether the child has a record all the same, so that the reaper
   * collects it.
   */
  boolean abandon();
}
