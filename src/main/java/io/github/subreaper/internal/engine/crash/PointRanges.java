package io.github.subreaper.internal.engine.crash;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names points briefly: {@code sh write log #1-17 #19, sh exit #1}. */
public final class PointRanges {
  private PointRanges() {}

  /** Returns their keys in order, those that differ only in their count as one. */
  public static String of(List<Point> points) {
    Map<String, List<Integer>> all = new LinkedHashMap<>();
    for (Point point : points) {
      String key = point.key();
      int mark = key.lastIndexOf('#');
      all.computeIfAbsent(key.substring(0, mark), base -> new ArrayList<>())
          .add(Integer.valueOf(key.substring(mark + 1)));
    }
    List<String> texts = new ArrayList<>();
    all.forEach((base, counts) -> texts.add(base + ranges(counts)));
    return String.join(", ", texts);
  }

  /** A base has its counts in order. */
  private static String ranges(List<Integer> counts) {
    List<String> texts = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < counts.size(); i++) {
      if (i + 1 == counts.size() || counts.get(i + 1) != counts.get(i) + 1) {
        texts.add("#" + counts.get(from) + (i == from ? "" : "-" + counts.get(i)));
        from = i + 1;
      }
    }
    return String.join(" ", texts);
  }
}
