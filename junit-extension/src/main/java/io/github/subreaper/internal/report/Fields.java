package io.github.subreaper.internal.report;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of a JSON object, which must have the right type. */
record Fields(Map<?, ?> map) {

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

  Instant instant(String key) {
    try {
      return Instant.parse(text(key));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("\"" + key + "\" is no time", e);
    }
  }

  List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    for (Object one : value(key, List.class)) {
      if (!(one instanceof String text)) {
        throw new IllegalArgumentException("\"" + key + "\" has what is no text");
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
