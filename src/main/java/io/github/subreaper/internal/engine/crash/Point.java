package io.github.subreaper.internal.engine.crash;

/**
 * A point at which a run can be killed: before this call.
 *
 * @param key the same in each run that does the same: program, call, path below the directory, and
 *     a count of these
 * @param number from 1, of this run
 * @param path of the file, or two with an arrow; empty if the call changes none
 * @param size how many bytes it writes; -1 if it writes none
 */
public record Point(String key, int number, String path, long size) {
  static final long NO_SIZE = -1;

  /** Returns whether it can be cut in its middle. */
  public boolean canBeCut() {
    return size > 1;
  }

  @Override
  public String toString() {
    return size == NO_SIZE ? key : key + " (" + size + " bytes)";
  }
}
