package io.github.subreaper.internal.report;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What Perfetto makes of a trace in JSON, by the rules of its importer of August 2026. They are
 * stricter than the document of the format, and differ in what an arrow joins.
 */
final class PerfettoImport {
  private static final int DEEPEST = 512;

  /** An instant is a slice without length. */
  record Slice(TraceItem item) {
    long begin() {
      return item.begin();
    }

    long end() {
      return item.end();
    }
  }

  /**
   * An arrow, and where its ends should be.
   *
   * @param from the slice that it leaves
   * @param to the slice that it reaches
   */
  record Arrow(TraceItem start, TraceItem finish, Slice from, Slice to) {
    /** Returns from where it is drawn: an arrow that begins within a slice leaves from its end. */
    long drawnFrom() {
      return from.begin() >= to.begin() ? from.begin() : from.end();
    }

    long drawnTo() {
      return to.begin();
    }
  }

  private final List<String> errors = new ArrayList<>();
  private final List<Arrow> arrows = new ArrayList<>();
  private final Map<String, Deque<Slice>> open = new HashMap<>();
  private final Map<List<Object>, TraceItem> starts = new HashMap<>();
  private final Map<List<Object>, Slice> left = new HashMap<>();

  PerfettoImport(List<TraceItem> items) {
    List<TraceItem> sorted = new ArrayList<>(items);
    sorted.sort(Comparator.comparingLong(TraceItem::begin)); // those at one time as in the file
    sorted.forEach(this::add);
  }

  List<String> errors() {
    return errors;
  }

  List<Arrow> arrows() {
    return arrows;
  }

  private void add(TraceItem item) {
    switch (item.text("ph")) {
      case "X", "i" -> slice(new Slice(item));
      case "s" -> start(item);
      case "f" -> finish(item);
      default -> {
        // names of tracks
      }
    }
  }

  private Deque<Slice> stack(TraceItem item) {
    return open.computeIfAbsent(item.track(), track -> new ArrayDeque<>());
  }

  private void slice(Slice slice) {
    Deque<Slice> stack = stack(slice.item);
    while (!stack.isEmpty() && isOver(stack.peek(), slice)) {
      stack.pop();
    }
    if (stack.stream().anyMatch(around -> around.end() < slice.end())) {
      errors.add("overlaps one that has begun before: " + slice);
    } else if (stack.size() >= DEEPEST) {
      errors.add("too deep: " + slice);
    } else {
      stack.push(slice);
    }
  }

  /** Instants at one time lie in each other. */
  private static boolean isOver(Slice before, Slice next) {
    boolean areInstants = before.begin() == before.end() && next.begin() == next.end();
    return before.end() < next.begin() || (before.end() == next.begin() && !areInstants);
  }

  private static List<Object> key(TraceItem item) {
    return List.of(item.number("id"), item.text("cat"), item.text("name"));
  }

  /** Returns the slice that began last on a track, even if it has ended. */
  private @Nullable Slice latest(TraceItem end) {
    Slice slice = stack(end).peek();
    if (slice == null) {
      errors.add("an end of an arrow that lies in no slice: " + end);
    }
    return slice;
  }

  private void start(TraceItem item) {
    Slice slice = latest(item);
    if (slice != null && left.putIfAbsent(key(item), slice) != null) {
      errors.add("a second arrow with this number: " + item);
    }
    starts.put(key(item), item);
  }

  private void finish(TraceItem item) {
    Slice slice = latest(item);
    Slice from = left.get(key(item));
    TraceItem start = starts.get(key(item));
    if (from == null || start == null) {
      errors.add("an arrow without a start: " + item);
    } else if (slice != null) {
      arrows.add(new Arrow(start, item, from, slice));
    }
  }
}
