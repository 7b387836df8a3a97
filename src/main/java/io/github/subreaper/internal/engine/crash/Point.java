package io.github.subreaper.internal.engine.crash;

/**
 * A point at which a run can be killed: before this call.
 *
 * @param key the same in each run that does the same: program, call, path below the directory, and
 *     a count of these
 * @param number from 1, of this run
 * @param path of the file, or two with an arrow; empty if the call changes none
 * @param size how many bytes it writes; -1 if it writes none
 * @param losesContents whether a power cut before it undoes contents of files
 * @param losesNames whether it undoes names
 * @param nanos when, by the clock of the run
 */
public record Point(
    String key,
    int number,
    String path,
    long size,
    boolean losesContents,
    boolean losesNames,
    long nanos) {
  static final long NO_SIZE = -1;

  /** Returns whether a crash of this kind differs from a plain one. */
  public boolean has(CrashKind kind) {
    return switch (kind) {
      case KILL -> true;
      case CUT -> size > 1;
      case NAMES_KEPT -> losesContents;
      case NAMES_LOST -> losesNames;
    };
  }

  @Override
  public String toString() {
    return size == NO_SIZE ? key : key + " (" + size + " bytes)";
  }
}
