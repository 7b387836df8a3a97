package io.github.subreaper.internal.report;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lines of JSON, each an object whose key {@code record} says what it is. */
final class JsonLines {
  /** Goes up if older readers would misunderstand a file. */
  static final int FORMAT = 2;

  /** The last line of each file: without it, the end is missing. */
  static final String END = "{\"record\":\"end\"}\n";

  private JsonLines() {}

  static Map<String, Object> record(String type) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("record", type);
    return line;
  }

  static void put(Map<String, Object> line, String key, @Nullable Object value) {
    if (value != null) {
      line.put(key, value);
    }
  }

  static void putUnless0(Map<String, Object> line, String key, long number) {
    if (number != 0) {
      line.put(key, number);
    }
  }

  static void append(Map<String, Object> line, StringBuilder to) {
    Json.write(line, to);
    to.append('\n');
  }

  /** Appends the first line of a file. Its longest texts are cut until it fits. */
  static void appendFirst(Map<String, Object> line, StringBuilder to) {
    String first = Json.write(line);
    while (first.getBytes(StandardCharsets.UTF_8).length >= FirstLine.MOST) {
      String longest = "";
      for (Map.Entry<String, Object> entry : line.entrySet()) {
        if (entry.getValue() instanceof String text
            && text.length() > String.valueOf(line.getOrDefault(longest, "")).length()) {
          longest = entry.getKey();
        }
      }
      String text = String.valueOf(line.get(longest));
      line.put(longest, Bounds.middle(text, text.length() / 2, "…"));
      first = Json.write(line);
    }
    to.append(first).append('\n');
  }
}
