package io.github.subreaper.internal.report;

import io.github.subreaper.internal.report.pages.FirstLine;
import io.github.subreaper.internal.report.recording.About;
import io.github.subreaper.internal.report.recording.Recorder;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * The reports that this JVM knows to be in the directory: it reads their names once, when it first
 * needs one, and a header when its name might be that of a test.
 */
final class KnownReports {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Path directory;
  private final ConcurrentMap<String, Owner> owners = new ConcurrentHashMap<>();

  /** What the names of reports begin with. */
  private final NavigableSet<String> names;

  private KnownReports(Path directory, NavigableSet<String> names) {
    this.directory = directory;
    this.names = names;
  }

  /** Reads the names in a directory, which may be missing. */
  static KnownReports in(Path directory) {
    NavigableSet<String> names = new ConcurrentSkipListSet<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, "*" + ReportFiles.LINES)) {
      for (Path file : files) {
        if (ReportFiles.isReport(file)) {
          names.add(ReportFiles.base(file));
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return new KnownReports(directory, names); // writing reports what is wrong
    }
    return new KnownReports(directory, names);
  }

  /**
   * Which test of which run a report is of.
   *
   * @param began when the test did, in milliseconds
   */
  record Owner(String host, String module, String test, String run, long began) {
    /** Stands for a file that is not a report. */
    static final Owner NOBODY = new Owner("", "", "", "", Long.MAX_VALUE);

    /** Returns that of a test that runs now. */
    static Owner now(Recorder.Test test, About about) {
      String id = test.bounded().uniqueId();
      return new Owner(about.host(), about.module(), id, about.run(), Long.MAX_VALUE);
    }

    /** Reads it from the first line of a report. */
    static Owner of(FirstLine line) {
      return line.isReport()
          ? new Owner(
              line.get("host"),
              line.get("module"),
              line.get("test"),
              line.get("run"),
              line.number("began"))
          : NOBODY;
    }

    /**
     * Returns whether this is of the same test in an earlier run on the same machine. A run that
     * goes on beside the other's is not earlier: both may have a scope with the same id. Nor is the
     * other's own run, in which a test may fail twice.
     */
    boolean isOlderThan(Owner other) {
      return host.equals(other.host)
          && module.equals(other.module)
          && test.equals(other.test)
          && !run.equals(other.run)
          && began < startOf(other.run);
    }

    /** Returns the last number in a run, which is when it has begun. */
    private static long startOf(String run) {
      try {
        return Long.parseLong(run.substring(run.lastIndexOf('-') + 1));
      } catch (NumberFormatException e) {
        return 0; // unknown: nothing is older
      }
    }
  }

  void add(String name, Owner owner) {
    names.add(name);
    owners.put(name, owner);
  }

  boolean isEmpty() {
    return names.isEmpty();
  }

  /**
   * Removes the reports that earlier runs have left of a test.
   *
   * @param base what the names begin with, before the number of a copy
   */
  void removeOlder(String base, Owner owner) {
    for (String name : List.copyOf(names.subSet(base, true, base + "-:", false))) { // : is 9 + 1
      if (owner(name, false).isOlderThan(owner)) {
        removeIfOlder(name, owner);
      }
    }
  }

  /** Returns the first name that is free, or will be if what is older is removed. */
  String nextName(String base, Owner owner) {
    for (int copy = 1; ; copy++) {
      String name = ReportFiles.copy(base, copy);
      Path lines = directory.resolve(name + ReportFiles.LINES);
      if (!Files.exists(lines, LinkOption.NOFOLLOW_LINKS)
          || (names.contains(name) && owner(name, true).isOlderThan(owner))) {
        return name;
      }
    }
  }

  /** Reads again: another JVM may have removed it, and written a file with the same name. */
  private void removeIfOlder(String name, Owner owner) {
    try {
      DirectoryLock.hold(
          directory.resolve(DirectoryLock.NAME),
          PATIENCE,
          () -> {
            if (owner(name, true).isOlderThan(owner)) {
              remove(name);
            }
            return name;
          });
    } catch (IOException e) {
      return; // it stays
    }
  }

  private Owner owner(String name, boolean again) {
    Owner known = again ? null : owners.get(name);
    if (known == null) {
      known = read(directory.resolve(name + ReportFiles.LINES));
      owners.put(name, known);
    }
    return known;
  }

  private static Owner read(Path lines) {
    try {
      return Files.isRegularFile(lines, LinkOption.NOFOLLOW_LINKS)
          ? Owner.of(FirstLine.of(lines))
          : Owner.NOBODY;
    } catch (IOException e) {
      return Owner.NOBODY;
    }
  }

  /** Removes the lines last: as long as they are there, no other JVM takes the name. */
  private void remove(String name) {
    boolean isGone = true;
    for (String ending : List.of(ReportFiles.TRACE, ReportFiles.PAGE, ReportFiles.LINES)) {
      isGone = isGone && NewFile.remove(directory.resolve(name + ending));
    }
    if (isGone) {
      names.remove(name);
      owners.remove(name);
    }
  }
}
