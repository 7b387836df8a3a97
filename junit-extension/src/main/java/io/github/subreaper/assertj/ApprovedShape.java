package io.github.subreaper.assertj;

import static java.lang.System.Logger.Level.INFO;

import io.github.subreaper.ProcessTree;
import io.github.subreaper.WaitTimeoutException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.access.RunningTest;
import io.github.subreaper.internal.assertj.shapes.ApprovedFile;
import io.github.subreaper.internal.assertj.shapes.CallingTest;
import io.github.subreaper.internal.assertj.shapes.SeenProcess;
import io.github.subreaper.internal.assertj.shapes.Shape;
import io.github.subreaper.internal.assertj.shapes.ShapeMatch;
import io.github.subreaper.internal.assertj.shapes.ShapeMerge;
import io.github.subreaper.internal.assertj.shapes.ShapeNode;
import io.github.subreaper.internal.assertj.shapes.ShapeWriter;
import io.github.subreaper.internal.assertj.shapes.Surroundings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The check behind {@code matchesApprovedShape}: compares the tree with the file of the test, and
 * writes that file if there is none, or if the run approves.
 */
final class ApprovedShape {
  private static final System.Logger LOG = System.getLogger(ApprovedShape.class.getPackageName());

  /** A tree that stays as it is for so long is taken for complete. */
  private static final Duration SETTLED = Duration.ofSeconds(1);

  /** A remark, since an empty file would look like one that was not written to its end. */
  private static final String NOTHING = "← no process is alive";

  /** Those that Ports chooses have five digits. */
  private static final Pattern LIKE_A_PORT = Pattern.compile("(?<!\\d)[1-6]\\d{4}(?!\\d)");

  /** Which test last used a file in this run. */
  private static final Map<Path, String> USERS = new ConcurrentHashMap<>();

  private static final ReentrantLock WRITING = new ReentrantLock();

  private final RunningTest test;
  private final ApprovedFile file;
  private final Surroundings surroundings = Surroundings.ofThisJvm();

  ApprovedShape(RunningTest test, ApprovedFile file) {
    this.test = test;
    this.file = file;
  }

  /**
   * Compares a tree with the file of the calling test. Returns the failure, or null.
   *
   * @param name of one of several shapes of the test; null if it has one
   * @throws IllegalArgumentException if the name cannot be a part of a file's name
   */
  static @Nullable Should check(@Nullable String name, Supplier<ProcessTree> tree) {
    String checked = name == null ? null : ApprovedFile.checked(name);
    ProcessTree asked = tree.get();
    RunningTest test = CallingTest.find();
    ApprovedFile file = ApprovedFile.of(test, checked, ApprovedFile.Place.ofThisJvm());
    return new ApprovedShape(test, file).check(asked);
  }

  @Nullable Should check(ProcessTree asked) {
    return check(asked, asked::awaitUntil);
  }

  /**
   * @param wait takes snapshots until one is enough, or ends with a {@link WaitTimeoutException}
   */
  @Nullable Should check(ProcessTree asked, Consumer<Predicate<ProcessTree>> wait) {
    Looks looks = new Looks(shape());
    try {
      wait.accept(looks::isEnough);
    } catch (WaitTimeoutException e) {
      looks.end(!e.isTimeout());
    }
    WRITING.lock();
    try {
      return judge(looks, asked);
    } finally {
      WRITING.unlock();
    }
  }

  /** Returns null if there is none yet, or none that can be read: {@link #judge} says why. */
  private @Nullable Shape shape() {
    try {
      String text = file.read();
      return text == null ? null : Shape.parse(text);
    } catch (UncheckedIOException | IllegalArgumentException e) {
      return null;
    }
  }

  /** Looks at the tree until it has the shape, or has stayed the same for long enough. */
  private final class Looks {
    private final @Nullable Shape wanted;
    private List<SeenProcess> tree = SeenProcess.all(List.of());
    private ShapeWriter writer = new ShapeWriter(surroundings, tree);
    private @Nullable String last;
    private long since;
    private boolean changed;
    private boolean settled;

    private Looks(@Nullable Shape wanted) {
      this.wanted = wanted;
    }

    private boolean isEnough(ProcessTree now) {
      tree = SeenProcess.all(ShapeNode.of(Access.get().nodes(now)));
      writer = new ShapeWriter(surroundings, tree);
      if (wanted != null && wanted.match(tree, writer).isMatch()) {
        return true;
      }
      String text = ShapeWriter.text(writer.all());
      long time = System.nanoTime();
      if (!text.equals(last)) {
        changed = last != null;
        last = text;
        since = time;
      }
      settled = time - since >= SETTLED.toNanos();
      return settled;
    }

    /** The wait may be shorter than the time that a tree needs to settle. */
    private void end(boolean nothingChangesIt) {
      settled = nothingChangesIt || !changed;
    }

    private List<String> lines() {
      List<String> lines = ShapeWriter.text(writer.all()).lines().toList();
      return lines.isEmpty() ? List.of(NOTHING) : lines;
    }
  }

  private @Nullable Should judge(Looks looks, ProcessTree asked) {
    String text;
    try {
      text = file.read();
    } catch (UncheckedIOException e) {
      return Should.readApprovedShape(file.toString(), String.valueOf(e.getMessage()));
    }
    if (text == null) {
      return first(looks, asked);
    }
    Shape shape;
    try {
      shape = Shape.parse(text);
    } catch (IllegalArgumentException e) {
      return test.approves() && whyUnwritable(looks) == null
          ? write(looks.lines(), text, looks)
          : Should.readApprovedShape(file.toString(), String.valueOf(e.getMessage()));
    }
    ShapeMatch match = shape.match(looks.tree, looks.writer);
    if (match.isMatch()) {
      USERS.put(file.path(), test.toString());
      return null;
    }
    ShapeMerge merge = new ShapeMerge(shape, match, looks.writer);
    String other = USERS.get(file.path());
    if (!test.approves() || other != null || whyUnwritable(looks) != null) {
      return Should.matchApprovedShape(
          file.toString(),
          merge.marked(),
          other(other) + oldPort(text, looks.tree),
          fix(looks),
          Access.get().describe(asked));
    }
    List<String> rewritten = merge.rewritten();
    boolean matches =
        Shape.parse(String.join("\n", rewritten)).match(looks.tree, looks.writer).isMatch();
    return write(matches ? rewritten : looks.lines(), text, looks);
  }

  private static String other(@Nullable String user) {
    return user == null
        ? ""
        : "In this run the file has had the shape of "
            + user
            + ". If both are as they should be, give each a file: matchesApprovedShape(\"name\")\n";
  }

  /** Explains a number that may be a port of another run; empty if there is none. */
  private String oldPort(String approved, List<SeenProcess> tree) {
    Set<String> found =
        tree.stream()
            .flatMap(one -> Stream.concat(one.commandLine().stream(), one.addresses().stream()))
            .flatMap(ApprovedShape::likePorts)
            .collect(Collectors.toSet());
    return found.stream().noneMatch(one -> surroundings.reserved().test(Integer.parseInt(one)))
        ? ""
        : likePorts(approved)
            .filter(one -> !found.contains(one))
            .findFirst()
            .map(
                one ->
                    one
                        + " in the file is no port of these processes. Ports.free() gives other ports"
                        + " in each run: write * for them, as an approval does\n")
            .orElse("");
  }

  private static Stream<String> likePorts(String text) {
    return LIKE_A_PORT.matcher(text).results().map(MatchResult::group);
  }

  private String fix(Looks looks) {
    String why = whyUnwritable(looks);
    String approve = "approve it with -Dsubreaper.approve=true and commit the file";
    return test.approves() && why != null
        ? "Not approved: " + why
        : "To fix: if this is intended, " + approve;
  }

  /** Returns why nothing is written now; null if it may be. */
  private @Nullable String whyUnwritable(Looks looks) {
    String ci = file.place().ci().orElse(null);
    if (ci != null) {
      return "nothing is written where the environment variable "
          + ci
          + " is set. To fix: run the test on your machine, or with CI=false, and commit the file";
    }
    if (!looks.settled) {
      return "the tree kept changing. To fix: wait in the test until the program is ready, such as"
          + " with awaitReady(…) or hasShapeWithin(…)";
    }
    if (!file.hasResources()) {
      return "there is no directory "
          + file.resources()
          + ". To fix: make it, or run the tests in the directory of the module";
    }
    return null;
  }

  private @Nullable Should first(Looks looks, ProcessTree asked) {
    String why = whyUnwritable(looks);
    return why == null
        ? write(looks.lines(), null, looks)
        : Should.haveApprovedShape(
            test.toString(), file.toString(), looks.lines(), why, Access.get().describe(asked));
  }

  private @Nullable Should write(List<String> lines, @Nullable String before, Looks looks) {
    try {
      file.write(lines, before);
    } catch (IOException e) {
      return Should.haveApprovedShape(
          test.toString(),
          file.toString(),
          looks.lines(),
          "it cannot be written (" + e + "). To fix: make it writable, or write it by hand",
          "");
    }
    USERS.put(file.path(), test.toString());
    if (test.approves()) {
      LOG.log(INFO, "approved: " + file + " is what " + test + " has found");
      return null;
    }
    return Should.reviewApprovedShape(test.toString(), file.toString(), lines);
  }
}
