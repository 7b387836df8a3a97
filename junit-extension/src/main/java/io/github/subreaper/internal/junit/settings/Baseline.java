package io.github.subreaper.internal.junit.settings;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.WARNING;
import static java.util.stream.Collectors.joining;

import io.github.subreaper.Descendant;
import io.github.subreaper.internal.report.text.Counts;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The known leaks of a suite, which fail no test: a file in version control, with a line for each.
 * A run logs how many there were, and which lines of one class have leaked nothing though their
 * tests ran. Or it writes the file.
 */
public final class Baseline {
  private static final System.Logger LOG = System.getLogger("io.github.subreaper.junit");
  private static final String FILE = ConfiguredSettings.PREFIX + "baseline";
  private static final String UPDATE = FILE + ".update";
  private static final String OR_WRITE = ", or have a run write the file: -D" + UPDATE + "=true";

  private final @Nullable BaselineFile file;
  private final boolean updates;
  private final List<BaselineLine> lines;

  /** The tests that did not run to their ends: what they leak is not known. */
  private final Set<String> cutShort;

  /** Guards the next three. */
  private final Object monitor = new Object();

  /** What each line has tolerated, for those whose tests have run. */
  private final Map<BaselineLine, Integer> leaksOf = new LinkedHashMap<>();

  private final Set<String> added = new LinkedHashSet<>();
  private int known;

  private Baseline(
      @Nullable BaselineFile file,
      boolean updates,
      List<BaselineLine> lines,
      Set<String> cutShort) {
    this.file = file;
    this.updates = updates;
    this.lines = lines;
    this.cutShort = cutShort;
  }

  /**
   * Reads the file that the parameters name.
   *
   * @param cutShort the tests that have not run to their ends, also those that come later
   * @return an empty one if they name none
   * @throws RuntimeException if there is no such file, or a line of it is malformed
   */
  public static Baseline of(Parameters parameters, Set<String> cutShort) {
    String name = parameters.text(FILE);
    String update = parameters.text(UPDATE);
    boolean updates =
        !update.isEmpty()
            && new Setting("baseline.update", update, ConfiguredSettings.ORIGIN + UPDATE).flag();
    if (name.isEmpty()) {
      if (updates) {
        throw Misconfiguration.of(
            UPDATE + " has no file to write. To fix: name one, such as " + FILE + "=leaks.txt");
      }
      return new Baseline(null, false, List.of(), Set.of());
    }
    try {
      BaselineFile file = new BaselineFile(Path.of(name));
      return new Baseline(file, updates, file.read(updates), cutShort);
    } catch (InvalidPathException e) {
      throw Misconfiguration.of(FILE + " is not a path: " + e.getMessage(), e);
    } catch (IOException e) {
      throw Misconfiguration.of(
          "%s cannot be read: %s. To fix: correct the path, which is %s%s"
              .formatted(FILE, e, Path.of(name).toAbsolutePath(), updates ? "" : OR_WRITE),
          e);
    }
  }

  /** Notes that the tests of a scope have run. */
  public void ran(String scope) {
    synchronized (monitor) {
      for (BaselineLine line : lines) {
        if (!leaksOf.containsKey(line) && line.isOfOneClass() && line.isAbout(scope)) {
          leaksOf.put(line, 0);
        }
      }
    }
  }

  /** Returns whether a leak is known, or will be; counts nothing. */
  public boolean tolerates(Descendant leaked, List<String> scopes) {
    return updates || lines.stream().anyMatch(line -> isAbout(line, leaked, scopes));
  }

  private static boolean isAbout(BaselineLine line, Descendant leaked, List<String> scopes) {
    return line.matches(leaked) && scopes.stream().anyMatch(line::isAbout);
  }

  /**
   * Returns whether a leak is known, and counts it.
   *
   * @param scopes those that may have started it, and the one that found it
   */
  public boolean knows(Descendant leaked, List<String> scopes) {
    synchronized (monitor) {
      boolean found = false;
      for (BaselineLine line : lines) {
        if (isAbout(line, leaked, scopes)) {
          leaksOf.merge(line, 1, Integer::sum);
          found = true; // a further line may be about it too, and is not stale then
        }
      }
      known += found ? 1 : 0;
      return found;
    }
  }

  /**
   * Adds a leak for which a test would fail, if this run writes the file.
   *
   * @return whether it does
   */
  public boolean adds(Descendant leaked, String scope) {
    if (updates) {
      synchronized (monitor) {
        added.add(BaselineLine.of(scope, ProcessGlob.of(leaked)));
      }
    }
    return updates;
  }

  /** Logs what there was, or writes the file. Does not throw. */
  public void end() {
    BaselineFile its = file;
    if (its == null) {
      return;
    }
    List<String> stale = new ArrayList<>();
    List<String> fresh;
    int tolerated;
    synchronized (monitor) {
      leaksOf.forEach(
          (line, leaks) -> {
            if (leaks == 0 && cutShort.stream().noneMatch(line::isAbout)) {
              stale.add(line.text());
            }
          });
      fresh = List.copyOf(added);
      tolerated = known;
    }
    if (updates) {
      write(its, fresh, stale);
    } else if (tolerated > 0 || !stale.isEmpty()) {
      LOG.log(WARNING, text(its, tolerated, stale));
    }
  }

  private static void write(BaselineFile file, List<String> fresh, List<String> stale) {
    try {
      LOG.log(WARNING, "subreaper: " + file.update(fresh, stale));
    } catch (IOException | RuntimeException e) {
      LOG.log(
          ERROR,
          "subreaper: the known leaks could not be written to "
              + file
              + ". To fix: make it writable, and run the tests again",
          e);
    }
  }

  private static String text(BaselineFile file, int tolerated, List<String> stale) {
    String known = "subreaper: " + Counts.of(tolerated, "known leak") + " tolerated (" + file + ")";
    if (stale.isEmpty()) {
      return known;
    }
    String lines = Counts.of(stale.size(), "line does not leak", "lines do not leak");
    return known + "; " + lines + " any more and can go: " + stale.stream().collect(joining(" · "));
  }
}
