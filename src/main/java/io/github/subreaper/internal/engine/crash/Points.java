package io.github.subreaper.internal.engine.crash;

import io.github.subreaper.internal.engine.tracer.CallAnswer;
import io.github.subreaper.internal.engine.tracer.CallEvents;
import io.github.subreaper.internal.engine.tracer.Traced;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.ptrace.FileCall;
import io.github.subreaper.internal.linux.ptrace.StoppedCall;
import io.github.subreaper.internal.linux.ptrace.TracedMemory;
import io.github.subreaper.internal.text.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The points of one run of a program, which crashes at one of them if asked to: all processes are
 * killed before the call of the point, and none makes another call that changes files.
 */
public final class Points implements CallEvents {
  private static final int BLOCK = 4096;
  static final String DELETED = " (deleted)";

  private final Kernel kernel;
  private final ChangedFiles files;
  private final @Nullable String target;
  private final CrashKind kind;
  private final Path directory;
  private final Path aside;

  /** Null without power cuts. */
  private final @Nullable Unsecured unsecured;

  private final PathNames names = new PathNames();
  private final Map<Integer, String> programs = new HashMap<>();
  private final Map<String, Integer> counts = new HashMap<>();
  private final List<Point> points = new ArrayList<>();
  private @Nullable Point reached;
  private String how = "";
  private @Nullable String refusal;
  private int foreign;
  private int rings;
  private int requests;
  private int mappings;
  private final LongSupplier clock;
  private volatile boolean over;

  /**
   * @param directory real path of the one whose changes count
   * @param target the key of the point at which to crash; null for none
   * @param kind what happens at it; a power cut has a directory beside for what it needs
   */
  public Points(Kernel kernel, Path directory, @Nullable String target, CrashKind kind) {
    this(kernel, directory, target, kind, () -> 0);
  }

  /**
   * @param clock for the times of the points
   */
  public Points(
      Kernel kernel, Path directory, @Nullable String target, CrashKind kind, LongSupplier clock) {
    this.clock = clock;
    this.kernel = kernel;
    this.files = new ChangedFiles(kernel, directory);
    this.target = target;
    this.kind = kind;
    this.directory = directory;
    this.aside = directory.resolveSibling(directory.getFileName() + ".secured");
    this.unsecured =
        kind.cutsPower() ? new Unsecured(kernel.descriptors(), files, directory, aside) : null;
  }

  /** Returns why programs have no points here; null if they have. */
  public @Nullable String unsupported() {
    return kernel.missingForCalls();
  }

  /** Returns the points so far; the last one is the target, once that is reached. */
  public synchronized List<Point> points() {
    return List.copyOf(points);
  }

  /** Returns the target, once it is reached; null before. */
  public synchronized @Nullable Point reached() {
    return reached;
  }

  /** Returns the target's call and its process; empty until it is reached. */
  public synchronized String how() {
    return how;
  }

  /**
   * Returns why points of this program cannot be found, so that it was killed; null if they can.
   */
  public synchronized @Nullable String refusal() {
    return refusal;
  }

  /** Returns how many calls were made in another way, such as those of 32-bit programs. */
  public synchronized int foreignCalls() {
    return foreign;
  }

  /** Returns how many rings of io_uring(7) were made, whose changes are no points. */
  public synchronized int ringCalls() {
    return rings;
  }

  /** Returns of how many calls the file could not be read. */
  public synchronized int unknownCalls() {
    return files.unknown() + (unsecured == null ? 0 : unsecured.failures());
  }

  /** Returns by what files may have been changed that is no point; empty for nothing. */
  public synchronized String unseen() {
    String calls = unseenCalls();
    String stores = mappings == 0 ? "" : "stores to " + mappings + " shared mappings of files";
    return calls + (calls.isEmpty() || stores.isEmpty() ? "" : ", ") + stores;
  }

  /** Returns which calls may have changed or secured files and are not seen; empty for none. */
  public synchronized String unseenCalls() {
    List<String> all = new ArrayList<>();
    if (foreign > 0) {
      all.add(foreign + " calls of 32-bit programs");
    }
    if (rings > 0) {
      all.add(rings + " rings of io_uring(7)");
    }
    if (unsecured != null && requests > 0) {
      all.add(requests + " calls of io_submit(2)");
    }
    if (unknownCalls() > 0) {
      all.add(unknownCalls() + " calls whose file could not be read");
    }
    return String.join(", ", all);
  }

  /** Undoes what is not secured, if the target is a power cut that was reached. */
  public synchronized void cutPower() throws IOException {
    if (unsecured != null && reached != null) {
      new PowerCut(unsecured, directory, aside).undo(kind == CrashKind.NAMES_LOST);
    }
  }

  /** Returns the directory beside, which is to be removed. */
  public Path aside() {
    return aside;
  }

  /** No power is cut any more. */
  public synchronized void close() {
    if (unsecured != null) {
      unsecured.close();
    }
  }

  @Override
  public boolean isOver() {
    return over;
  }

  @Override
  public synchronized void refused(String reason) {
    refusal = reason;
    over = true;
  }

  @Override
  public synchronized CallAnswer called(
      Traced process, int tid, StoppedCall call, TracedMemory memory) {
    if (!call.isNative()) {
      foreign++;
      return CallAnswer.GO_ON;
    }
    FileCall its = FileCall.of(call);
    if (its == null) {
      return CallAnswer.GO_ON;
    }
    if (its.target() == FileCall.Target.RING) {
      rings++;
    }
    if (its.target() == FileCall.Target.REQUESTS) {
      requests++;
    }
    String path = files.of(tid, its, call, memory);
    CallAnswer answer =
        path == null ? CallAnswer.GO_ON : point(process, tid, its, call, memory, path);
    if (unsecured != null && !answer.crashes()) {
      unsecured.before(tid, its, call, memory, path != null);
    }
    return answer;
  }

  private CallAnswer point(
      Traced process, int tid, FileCall its, StoppedCall call, TracedMemory memory, String path) {
    if (its.name().equals("mmap")) {
      mappings++;
    }
    long size = its.length() < 0 ? Point.NO_SIZE : call.argument(its.length());
    String normal = Printable.of(names.normal(path));
    CallAnswer answer = point(process, its.name() + " " + normal, normal, size);
    if (answer.crashes()) {
      how = CallText.of(tid, its, call, memory) + how;
    }
    return answer;
  }

  @Override
  public synchronized CallAnswer forked(Traced process, int child) {
    names.add(child);
    programs.put(child, program(process));
    return point(process, "fork", "", Point.NO_SIZE);
  }

  @Override
  public synchronized void begun(Traced process) {
    if (unsecured != null) {
      unsecured.open();
    }
    names.add(process.pid());
    program(process);
  }

  @Override
  public synchronized CallAnswer executed(Traced process) {
    programs.remove(process.pid());
    return point(process, "exec", "", Point.NO_SIZE);
  }

  @Override
  public synchronized CallAnswer ending(Traced process, TracedMemory memory) {
    if (target == null && mappings == 0 && files.areStoredTo(process.pid(), memory)) {
      mappings++; // by mprotect(2), which would stop too often
    }
    return point(process, "exit", "", Point.NO_SIZE);
  }

  private CallAnswer point(Traced process, String what, String path, long size) {
    String base = Printable.of(program(process)) + " " + what;
    String key = base + " #" + counts.merge(base, 1, Integer::sum);
    boolean losesContents = unsecured != null && unsecured.hasContents();
    boolean losesNames = unsecured != null && unsecured.hasNames();
    Point point =
        new Point(key, points.size() + 1, path, size, losesContents, losesNames, clock.getAsLong());
    points.add(point);
    if (!key.equals(target)) {
      return CallAnswer.GO_ON;
    }
    reached = point;
    how = (path.isEmpty() ? what : "") + ", by " + role(process);
    over = true;
    return kind == CrashKind.CUT && point.has(kind)
        ? CallAnswer.cutTo(half(size))
        : CallAnswer.CRASH;
  }

  private String role(Traced process) {
    int pid = process.pid();
    ProcessStat stat = kernel.procfs.stat(pid);
    int parent = stat == null ? 0 : stat.parent();
    String command = String.join(" ", kernel.procfs.commandLine(pid));
    return String.format(
        "`%s` (pid %d), %s",
        Printable.of(command.isEmpty() ? program(process) : command),
        pid,
        process.isFirst()
            ? "the launched process"
            : programs.containsKey(parent)
                ? "a child of "
                    + Printable.of(programs.getOrDefault(parent, ""))
                    + " (pid "
                    + parent
                    + ")"
                : "an orphan");
  }

  /** At the end of a block, if it writes more than one: a file system writes whole blocks. */
  private static long half(long size) {
    long half = size / 2;
    return half > BLOCK ? half - half % BLOCK : half;
  }

  /** Known since its start: of a process whose first thread has exited nothing can be read. */
  private String program(Traced process) {
    return programs.computeIfAbsent(process.pid(), this::read);
  }

  private String read(int pid) {
    String file = kernel.procfs.executable(pid);
    if (file == null) {
      return "?";
    }
    String path =
        file.endsWith(DELETED) ? file.substring(0, file.length() - DELETED.length()) : file;
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
