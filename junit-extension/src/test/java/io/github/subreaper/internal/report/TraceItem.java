package io.github.subreaper.internal.report;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One event of the Trace Event Format, with times in nanoseconds. */
record TraceItem(Map<?, ?> json) {

  /** Returns the events of a file, in its order. */
  static List<TraceItem> of(String trace) throws JsonProcessingException {
    Map<?, ?> file = (Map<?, ?>) new JsonMapper().readValue(trace, Map.class);
    List<TraceItem> items = new ArrayList<>();
    for (Object one : (List<?>) requireNonNull(file.get("traceEvents"))) {
      items.add(new TraceItem((Map<?, ?>) one));
    }
    return items;
  }

  private Object value(String key) {
    return requireNonNull(json.get(key), key);
  }

  String text(String key) {
    return (String) value(key);
  }

  long number(String key) {
    return ((Number) value(key)).longValue();
  }

  long nanos(String key) {
    return new BigDecimal(value(key).toString()).movePointRight(3).longValueExact();
  }

  boolean is(String phase) {
    return phase.equals(text("ph"));
  }

  /** Returns when it begins; names of tracks are at the begin of all. */
  long begin() {
    return is("M") ? 0 : nanos("ts");
  }

  long end() {
    return is("X") ? nanos("ts") + nanos("dur") : nanos("ts");
  }

  String track() {
    return number("pid") + "/" + number("tid");
  }
}
