package io.github.subreaper.internal.engine;

/**
 * The CPU time and memory that one process used; {@link ProcessRecord#UNKNOWN} for what is unknown.
 *
 * @param maxRssKb the peak of its resident memory
 */
record Usage(long userMicros, long systemMicros, long maxRssKb) {
  static final Usage UNKNOWN =
      new Usage(ProcessRecord.UNKNOWN, ProcessRecord.UNKNOWN, ProcessRecord.UNKNOWN);
}
