package io.github.subreaper.internal.report;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of a JSON object, which must have the right type. */
record Fields(Map<?, ?> map) {
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  static Fields of(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return new Fields(map);
    }
    throw new IllegalArgumentException("no JSON object");
  }

  boolean has(String key) {
    return map.get(key) != null;
  }

  private <T> T value(String key, Class<T> type) {
    Object value = map.get(key);
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          "\"" + key + "\" is " + (value == null ? "missing" : "no " + type.getSimpleName()));
    }
    return type.cast(value);
  }

  String text(String key) {
    return value(key, String.class);
  }

  @Nullable String textOrNull(String key) {
    return has(key) ? text(key) : null;
  }

  long number(String key) {
    return value(key, Long.class);
  }

  @Nullable Long numberOrNull(String key) {
    return has(key) ? (Long) number(key) : null;
  }

  int small(String key) {
    long number = number(key);
    if (number != (int) number) {
      throw new IllegalArgumentException("\"" + key + "\" is too large: " + number);
    }
    return (int) number;
  }

  int smallOr0(String key) {
    return has(key) ? small(key) : 0;
  }

  boolean isTrue(String key) {
    return value(key, Boolean.class);
  }

  /** One far away is none: neither a date nor milliseconds could show it. */
  Instant instant(String key) {
    try {
      Instant time = Instant.parse(text(key));
      if (time.isBefore(EARLIEST) || time.isAfter(LATEST)) {
        throw new IllegalArgumentException("\"" + key + "\" is far away: " + time);
      }
      return time;
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("\"" + key + "\" is not a time", e);
    }
  }

  List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (Object one : value(key, List.class)) {
      if (!(one instanceof String text)) {
        throw new IllegalArgumentException("\"" + key + "\" has what is not a text");
      }
      texts.add(text);
    }
    return texts;
  }

  List<Fields> objects(String key) {
    List<Fields> objects = new ArrayList<>();
    for (Object one : value(key, List.class)) {
      objects.add(of(one));
    }
    return objects;
  }
}
