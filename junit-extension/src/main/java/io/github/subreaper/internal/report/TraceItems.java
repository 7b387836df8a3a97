package io.github.subreaper.internal.report;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The items of a file in the Trace Event Format. Times are nanoseconds.
 *
 * <p>Perfetto lets an arrow join the slices that have begun last on their tracks, and draws it from
 * the end of the first one to the begin of the second one. So each arrow leaves from an instant,
 * which is a slice without length, and its end is written behind what begins with it.
 */
final class TraceItems {
  /** More of a title does not help to recognise it: the whole is in the arguments. */
  private static final int NAME = 200;

  /** Perfetto puts the instants of one moment below each other, and no more than 512. */
  private static final int MOST_AT_ONCE = 50;

  private final List<Item> items = new ArrayList<>();
  private final Map<Moment, Integer> instants = new LinkedHashMap<>();
  private int arrows;

  /** One item. Of those at one time, the outer slices come first, and then the rest in order. */
  private record Item(long at, int rank, long length, Map<String, Object> json) {
    static final Comparator<Item> IN_ORDER =
        Comparator.comparingLong(Item::at)
            .thenComparingInt(Item::rank)
            .thenComparing(Item::length, Comparator.reverseOrder());
  }

  private record Moment(int track, long at) {}

  /** An arrow that has left. */
  record Arrow(int id, String name) {}

  /** Names a track. */
  void name(int track, String name, int index, String label) {
    metadata(track, "process_name", "name", Bounds.text(name, NAME));
    metadata(track, "process_sort_index", "sort_index", index);
    metadata(track, "process_labels", "labels", Bounds.text(label, NAME));
    metadata(track, "thread_name", "name", Bounds.text(name, NAME));
  }

  private void metadata(int track, String kind, String key, Object value) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("ph", "M");
    json.put("name", kind);
    json.put("pid", track);
    json.put("tid", track);
    json.put("args", Map.of(key, value));
    items.add(new Item(-1, 0, 0, json));
  }

  /** Adds a slice, after those around it. */
  void slice(
      int track, String name, String category, long from, long to, Map<String, Object> arguments) {
    Map<String, Object> json = base("X", name, category, track);
    json.put("dur", micros(to - from));
    json.put("args", arguments);
    add(from, 0, to - from, json);
  }

  /** Adds an instant. Of too many at one moment the rest is left out; the last one says so. */
  void instant(int track, String name, String category, long at, Map<String, Object> arguments) {
    int count = instants.merge(new Moment(track, at), 1, Integer::sum);
    if (count > MOST_AT_ONCE) {
      return;
    }
    Map<String, Object> json =
        base("i", count == MOST_AT_ONCE ? "more that is not shown" : name, category, track);
    json.put("s", "t");
    json.put("args", arguments);
    add(at, 1, 0, json);
  }

  /** Lets an arrow leave from the instant that was added last. */
  Arrow leave(int track, String name, long at) {
    Arrow arrow = new Arrow(++arrows, name);
    Map<String, Object> json = base("s", name, name, track);
    json.put("id", arrow.id);
    add(at, 1, 0, json);
    return arrow;
  }

  /** Lets it arrive at what begins then. */
  void arrive(Arrow arrow, int track, long at) {
    Map<String, Object> json = base("f", arrow.name, arrow.name, track);
    json.put("id", arrow.id);
    json.put("bp", "e"); // it belongs to the slice around it, not to the next one
    add(at, 1, 0, json);
  }

  private static Map<String, Object> base(String phase, String name, String category, int track) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("ph", phase);
    json.put("name", Bounds.text(name, NAME));
    json.put("cat", category);
    json.put("pid", track);
    json.put("tid", track);
    return json;
  }

  private void add(long at, int rank, long length, Map<String, Object> json) {
    json.put("ts", micros(at));
    items.add(new Item(at, rank, length, json));
  }

  private static BigDecimal micros(long nanos) {
    return BigDecimal.valueOf(nanos, 3);
  }

  /** Writes the file. */
  void write(Map<String, Object> metadata, Appendable out) throws IOException {
    items.sort(Item.IN_ORDER); // stable: a slice is made before those in it
    out.append("{\"displayTimeUnit\":\"ms\",\"metadata\":");
    Json.write(metadata, out);
    out.append(",\"traceEvents\":[");
    String before = "\n";
    for (Item item : items) {
      out.append(before);
      Json.write(item.json, out);
      before = ",\n";
    }
    out.append("\n]}\n");
  }
}
