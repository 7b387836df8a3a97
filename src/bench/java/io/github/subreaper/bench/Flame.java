package io.github.subreaper.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * A flame graph as text: the most frequent folded stacks of the library's threads, as tools for
 * flame graphs read them. A thread that waits in the kernel counts as well, below "native".
 */
final class Flame {
  private static final int LINES = 30;
  private static final Duration PERIOD = Duration.ofMillis(10);
  private static final Map<String, String> EVENTS =
      Map.of("jdk.ExecutionSample", "java", "jdk.NativeMethodSample", "native");

  private Flame() {}

  static void record(Setting setting, Contest.Work work) throws Exception {
    Path file = setting.directory().resolve("flood.jfr");
    try (Recording recording = new Recording()) {
      EVENTS.keySet().forEach(event -> recording.enable(event).withPeriod(PERIOD));
      recording.start();
      work.measure();
      recording.stop();
      recording.dump(file);
    }
    Map<String, Integer> stacks = new TreeMap<>();
    for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
      RecordedThread thread = event.getThread("sampledThread");
      RecordedStackTrace trace = event.getStackTrace();
      String kind = EVENTS.get(event.getEventType().getName());
      if (thread != null && trace != null && kind != null && isOurs(thread)) {
        stacks.merge(thread.getJavaName() + ";" + kind + folded(trace), 1, Integer::sum);
      }
    }
    List<Map.Entry<String, Integer>> most = new ArrayList<>(stacks.entrySet());
    most.sort(Collections.reverseOrder(Map.Entry.comparingByValue()));
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, Integer> stack : most.subList(0, Math.min(LINES, most.size()))) {
      text.append(stack.getKey()).append(' ').append(stack.getValue()).append('\n');
    }
    Files.writeString(setting.directory().resolve("flood.folded"), text.toString());
  }

  private static boolean isOurs(RecordedThread thread) {
    String name = thread.getJavaName();
    return name != null && name.startsWith("subreaper");
  }

  private static String folded(RecordedStackTrace trace) {
    StringBuilder text = new StringBuilder();
    for (RecordedFrame frame : trace.getFrames()) {
      String type =
          frame.getMethod().getType().getName().replaceFirst("\\$\\$Lambda.*", "\\$lambda");
      text.insert(
          0, ";" + type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethod().getName());
    }
    return text.toString();
  }
}
