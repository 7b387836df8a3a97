package io.github.subreaper.internal.report.pages;

import io.github.subreaper.internal.report.recording.Bounds;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A line of JSON: an object, whose key {@code record} says what it is, unless it is an event. */
public final class JsonLine {
  /** Goes up if older readers would misunderstand a file. */
  public static final int FORMAT = 2;

  /** The last line of each file: without it, the end is missing. */
  public static final String END = "{\"record\":\"end\"}\n";

  private final Map<String, Object> keys = new LinkedHashMap<>();

  public static JsonLine record(String type) {
    return new JsonLine().put("record", type);
  }

  /** Puts what is not null. */
  public JsonLine put(String key, @Nullable Object value) {
    if (value != null) {
      keys.put(key, value);
    }
    return this;
  }

  public JsonLine putUnless0(String key, long number) {
    return put(key, number == 0 ? null : number);
  }

  public JsonLine putIf(String key, boolean holds) {
    return put(key, holds ? true : null);
  }

  /** Returns the object, as a part of another one. */
  public Map<String, Object> keys() {
    return keys;
  }

  public void append(StringBuilder to) {
    Json.write(keys, to);
    to.append('\n');
  }

  /** Appends it as the first line of a file. Its longest texts are cut until it fits. */
  public void appendFirst(StringBuilder to) {
    String first = Json.write(keys);
    while (first.getBytes(StandardCharsets.UTF_8).length >= FirstLine.MOST) {
      String longest = "";
      for (Map.Entry<String, Object> entry : keys.entrySet()) {
        if (entry.getValue() instanceof String text
            && text.length() > String.valueOf(keys.getOrDefault(longest, "")).length()) {
          longest = entry.getKey();
        }
      }
      String text = String.valueOf(keys.get(longest));
      keys.put(longest, Bounds.middle(text, text.length() / 2, "…"));
      first = Json.write(keys);
    }
    to.append(first).append('\n');
  }
}
