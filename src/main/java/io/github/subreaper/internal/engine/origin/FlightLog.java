package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.origin.MethodBindings.Frame;
import io.github.subreaper.internal.engine.records.Start;
import io.github.subreaper.internal.linux.Time;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.FlightRecorderListener;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.RecordingState;
import jdk.jfr.StackTrace;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * A recording of {@code jdk.ProcessStart} (JDK 15) in memory, which is read by copying it to a
 * file. Only this class needs the module {@code jdk.jfr}.
 */
final class FlightLog implements AutoCloseable {
  static final String NAME = "subreaper";
  private static final String PROCESS_START = "jdk.ProcessStart";
  private static final String MARK = "io.github.subreaper.Mark";
  private static final String RARE = "jdk.ClassLoadingStatistics";
  private static final int MARKS = 3;

  /** Ties the recorder's clock to {@link System#nanoTime}, which no step of the clock disturbs. */
  @Name(MARK)
  @Label("Mark")
  @Description("Ties the clock of the recording to System.nanoTime()")
  @Enabled(false)
  @StackTrace(false)
  static final class Mark extends Event {

    @Label("System.nanoTime()")
    long nanos;
  }

  private final Recording recording = new Recording();

  /** Notes that another recording begins, since that takes what is in memory. */
  private final FlightRecorderListener others =
      new FlightRecorderListener() {
        @Override
        public void recordingStateChanged(Recording other) {
          if (other.getState() == RecordingState.RUNNING && other.getId() != recording.getId()) {
            disturbed = true;
          }
        }
      };

  private final Time time;
  private volatile boolean disturbed;

  /** Starts the recorder itself. This takes most of the time of the first recording in a JVM. */
  static synchronized void prepare() {
    boolean isManaged = ModuleLayer.boot().findModule("java.management").isPresent();
    if (isManaged && !FlightRecorder.isInitialized() && hasDeepStacks()) {
      StackDepth.raise();
    }
    FlightRecorder.getFlightRecorder();
  }

  /** Returns whether the application is one whose beans start each other: it costs 0.1 s. */
  private static boolean hasDeepStacks() {
    ClassLoader own = FlightLog.class.getClassLoader();
    ClassLoader loader = own != null ? own : ClassLoader.getSystemClassLoader();
    return loader.getResource("org/springframework/core/SpringVersion.class") != null;
  }

  /**
   * Starts the recording. The first one in a JVM takes some tenths of a second, all others a
   * millisecond.
   */
  FlightLog(Time time) {
    this.time = time;
    recording.setName(NAME);
    recording.setToDisk(false);
    recording.enable(PROCESS_START).withStackTrace();
    recording.enable(Mark.class);
    // Without a periodic event JDK 17's recorder wakes a hundred times a second to look for one.
    recording.enable(RARE).withPeriod(Duration.ofDays(1));
    recording.start();
    FlightRecorder.addListener(others);
  }

  /** Returns whether another recording has begun since the last call. */
  boolean wasDisturbed() {
    boolean was = disturbed;
    disturbed = false;
    return was;
  }

  /**
   * Returns whether another recording runs. A copy of one recording takes what is in memory from
   * the other, so this one is not read then.
   */
  boolean isShared() {
    return FlightRecorder.getFlightRecorder().getRecordings().stream()
        .anyMatch(one -> !one.equals(recording) && one.getState() == RecordingState.RUNNING);
  }

  /**
   * Returns the starts since the last call, each read from its event and the frames of its stack.
   */
  List<Start> read(Path file, StackReader reader) throws IOException {
    for (int i = 0; i < MARKS; i++) {
      Mark mark = new Mark();
      mark.nanos = time.nanos();
      mark.commit();
    }
    Set<Path> before = repositories();
    List<RecordedEvent> events;
    try {
      recording.dump(file);
      events = RecordingFile.readAllEvents(file);
    } finally {
      Files.deleteIfExists(file);
      removeRepository(before);
    }
    long offset = Long.MAX_VALUE; // by the mark that was written with the least delay
    for (RecordedEvent event : events) {
      if (event.getEventType().getName().equals(MARK)) {
        offset = Math.min(offset, nanos(event.getStartTime()) - event.getLong("nanos"));
      }
    }
    List<Start> starts = new ArrayList<>();
    for (RecordedEvent event : events) {
      if (offset != Long.MAX_VALUE && event.getEventType().getName().equals(PROCESS_START)) {
        starts.add(start(event, nanos(event.getStartTime()) - offset, reader));
      }
    }
    return starts;
  }

  /** Makes a start of an event. */
  interface StackReader {
    Start read(
        int pid, long nanos, String command, long thread, String threadName, List<StackLine> stack);
  }

  /** A frame, and the line where it is. */
  record StackLine(Frame frame, int line) {}

  private static Start start(RecordedEvent event, long nanos, StackReader reader) {
    RecordedThread thread = event.getThread();
    String name = thread == null ? null : thread.getJavaName();
    return reader.read(
        (int) event.getLong("pid"),
        nanos,
        Objects.requireNonNullElse(event.getString("command"), ""),
        thread == null ? 0 : thread.getJavaThreadId(),
        name == null ? "" : name,
        lines(event.getStackTrace()));
  }

  private static List<StackLine> lines(@Nullable RecordedStackTrace stack) {
    List<StackLine> lines = new ArrayList<>();
    if (stack != null) {
      for (RecordedFrame frame : stack.getFrames()) {
        if (frame.isJavaFrame()) {
          RecordedMethod method = frame.getMethod();
          String type = method.getType().getName();
          lines.add(
              new StackLine(
                  new Frame(type, method.getName(), method.getDescriptor()),
                  frame.getLineNumber()));
        }
      }
    }
    return lines;
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000 + time.getNano();
  }

  /**
   * Returns the directories of this JVM's recorder. The recorder copies even a recording in memory
   * through a directory of its own below the temporary one. The directory then stays, empty, until
   * the JVM ends in good order. The recorder makes a new one when it needs it.
   */
  private static Set<Path> repositories() throws IOException {
    Set<Path> found = new HashSet<>();
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    String pattern = "[0-9]*_" + ProcessHandle.current().pid();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(temporary, pattern)) {
      directories.forEach(found::add);
    }
    return found;
  }

  private static void removeRepository(Set<Path> before) throws IOException {
    for (Path directory : repositories()) {
      if (!before.contains(directory)) {
        removeIfEmpty(directory);
      }
    }
  }

  private static void removeIfEmpty(Path directory) throws IOException {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      return; // another recording has begun
    }
  }

  @Override
  public void close() {
    FlightRecorder.removeListener(others);
    recording.close();
  }
}
