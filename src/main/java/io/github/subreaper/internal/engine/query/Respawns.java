package io.github.subreaper.internal.engine.query;

import io.github.subreaper.internal.engine.records.ProcessRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Finds the process that replaces another: same name, same parent, born after the other's end.
 *
 * <p>A process that ends between its fork and its exec has the name of its parent. Which program it
 * was to execute is not known, so neither is which later process replaces it.
 */
final class Respawns {
  private Respawns() {}

  /** Returns all replacements of one process, by first sight; alive or ended by now. */
  static List<ProcessRecord> of(ProcessRecord process, List<ProcessRecord> all) {
    List<ProcessRecord> result = new ArrayList<>();
    if (!process.isAlive()) {
      for (ProcessRecord other : all) {
        if (other.observed().firstScan() >= process.ending().diedScan()
            && isLaterAndAlike(process, other)) {
          result.add(other);
        }
      }
    }
    return result;
  }

  private static boolean isLaterAndAlike(ProcessRecord one, ProcessRecord other) {
    return other.sequence() > one.sequence()
        && other.name().equals(one.name())
        && other.launch() == one.launch()
        && other.parentPid() == one.parentPid();
  }

  /** Returns whether a process looks like its parent: it may be before its exec, or has none. */
  static boolean isCopy(ProcessRecord process, ProcessRecord parent) {
    return process.name().equals(parent.name())
        && process.commandLine().equals(parent.commandLine())
        && Objects.equals(process.executable(), parent.executable());
  }

  private record Place(String name, int parentPid) {}

  /** Returns all processes of a launch that replaced another, one for each end; by first sight. */
  static List<ProcessRecord> in(List<ProcessRecord> all) {
    Map<Place, List<ProcessRecord>> left = new HashMap<>();
    List<ProcessRecord> result = new ArrayList<>();
    for (ProcessRecord process : all) {
      List<ProcessRecord> same =
          left.computeIfAbsent(
              new Place(process.name(), process.parentPid()), place -> new ArrayList<>());
      boolean taken =
          same.stream()
              .filter(other -> process.observed().firstScan() >= other.ending().diedScan())
              .findFirst()
              .map(same::remove)
              .orElse(false);
      if (taken) {
        result.add(process);
      }
      same.add(process);
    }
    return result;
  }
}
