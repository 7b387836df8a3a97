package io.github.subreaper.internal.assertj.shapes;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Assigns items to groups, each item to one group at most, so that the sum of their values is as
 * high as possible. A group takes a limited number of items, and the first ones may be worth more.
 *
 * <p>This is a minimum-cost flow, solved by the primal-dual method: a unit flows from the source
 * through an item and a group to the sink. The number of rounds is bounded: each finds all paths of
 * one cost, and there are no more costs than sizes of trees.
 */
final class Assignment {
  static final int NOWHERE = -1;

  private static final long UNREACHED = Long.MAX_VALUE;
  private static final int NO_EDGE = -1;
  private static final int SOURCE = 0;

  private final int items;
  private final int sink;
  private final List<Edge> edges = new ArrayList<>();
  private final List<List<Integer>> leaving = new ArrayList<>();
  private final long[] potential;
  private long total;

  /** An edge has an even number; its reverse has the next odd one. */
  private static final class Edge {
    final int to;
    final long cost;
    int capacity;

    Edge(int to, int capacity, long cost) {
      this.to = to;
      this.capacity = capacity;
      this.cost = cost;
    }
  }

  Assignment(int items, int groups) {
    this.items = items;
    this.sink = items + groups + 1;
    this.potential = new long[sink + 1];
    for (int i = 0; i <= sink; i++) {
      leaving.add(new ArrayList<>(4));
    }
    for (int item = 0; item < items; item++) {
      edge(SOURCE, ofItem(item), 1, 0);
    }
  }

  private static int ofItem(int item) {
    return 1 + item;
  }

  private int ofGroup(int group) {
    return 1 + items + group;
  }

  private void edge(int from, int to, int capacity, long cost) {
    leaving.get(from).add(edges.size());
    edges.add(new Edge(to, capacity, cost));
    leaving.get(to).add(edges.size());
    edges.add(new Edge(from, 0, -cost));
  }

  /** Allows an item in a group, where its value is positive. Call it before {@link #group}. */
  void option(int item, int group, long value) {
    edge(ofItem(item), ofGroup(group), 1, -value);
    potential[ofGroup(group)] = Math.min(potential[ofGroup(group)], -value);
  }

  /** Limits a group to a number of items; the first ones get an extra value. */
  void group(int group, int most, int first, long extra) {
    int node = ofGroup(group);
    int favoured = Math.min(first, most);
    if (favoured > 0) {
      edge(node, sink, favoured, -extra);
      potential[sink] = Math.min(potential[sink], potential[node] - extra);
    }
    if (most > favoured) {
      edge(node, sink, most - favoured, 0);
      potential[sink] = Math.min(potential[sink], potential[node]);
    }
  }

  /** Solves it. Returns the group of each item, or {@link #NOWHERE}. */
  int[] best() {
    while (findDistances() && potential[sink] < potential[SOURCE]) {
      long gain = potential[SOURCE] - potential[sink];
      for (int flow = augment(); flow > 0; flow = augment()) {
        total += gain * flow;
      }
    }
    int[] groups = new int[items];
    for (int item = 0; item < items; item++) {
      groups[item] = NOWHERE;
      for (int number : leaving.get(ofItem(item))) {
        if (number % 2 == 0 && edges.get(number).capacity == 0) {
          groups[item] = edges.get(number).to - ofGroup(0);
        }
      }
    }
    return groups;
  }

  /** Returns the sum of all values of the solution. */
  long total() {
    return total;
  }

  private record Reached(int node, long distance) {}

  /** Dijkstra's algorithm, on costs that the potentials keep from being negative. */
  private boolean findDistances() {
    long[] distance = new long[sink + 1];
    Arrays.fill(distance, UNREACHED);
    distance[SOURCE] = 0;
    PriorityQueue<Reached> next = new PriorityQueue<>(Comparator.comparingLong(Reached::distance));
    next.add(new Reached(SOURCE, 0));
    while (!next.isEmpty()) {
      Reached reached = next.remove();
      if (reached.distance > distance[reached.node]) {
        continue;
      }
      for (int number : leaving.get(reached.node)) {
        Edge edge = edges.get(number);
        long there = reached.distance + reducedCost(reached.node, edge);
        if (edge.capacity > 0 && there < distance[edge.to]) {
          distance[edge.to] = there;
          next.add(new Reached(edge.to, there));
        }
      }
    }
    if (distance[sink] == UNREACHED) {
      return false;
    }
    for (int i = 0; i <= sink; i++) {
      potential[i] += Math.min(distance[i], distance[sink]);
    }
    return true;
  }

  private long reducedCost(int from, Edge edge) {
    return edge.cost + potential[from] - potential[edge.to];
  }

  /**
   * Dinic's algorithm, on the edges of reduced cost zero. Not recursive, since paths may be long.
   */
  private int augment() {
    int[] level = levels();
    if (level[sink] < 0) {
      return 0;
    }
    int flow = 0;
    int[] tried = new int[sink + 1];
    Deque<Integer> path = new ArrayDeque<>();
    int at = SOURCE;
    while (true) {
      if (at == sink) {
        for (int number : path) {
          edges.get(number).capacity--;
          edges.get(number ^ 1).capacity++;
        }
        flow++;
        path.clear();
        at = SOURCE;
      }
      int number = nextOnPath(at, level, tried);
      if (number != NO_EDGE) {
        path.push(number);
        at = edges.get(number).to;
      } else if (path.isEmpty()) {
        return flow;
      } else {
        at = edges.get(path.pop() ^ 1).to;
        tried[at]++;
      }
    }
  }

  private int nextOnPath(int at, int[] level, int[] tried) {
    List<Integer> numbers = leaving.get(at);
    for (; tried[at] < numbers.size(); tried[at]++) {
      int number = numbers.get(tried[at]);
      Edge edge = edges.get(number);
      if (edge.capacity > 0 && level[edge.to] == level[at] + 1 && reducedCost(at, edge) == 0) {
        return number;
      }
    }
    return NO_EDGE;
  }

  private int[] levels() {
    int[] level = new int[sink + 1];
    Arrays.fill(level, -1);
    level[SOURCE] = 0;
    Deque<Integer> next = new ArrayDeque<>(List.of(SOURCE));
    while (!next.isEmpty()) {
      int at = next.remove();
      for (int number : leaving.get(at)) {
        Edge edge = edges.get(number);
        if (edge.capacity > 0 && level[edge.to] < 0 && reducedCost(at, edge) == 0) {
          level[edge.to] = level[at] + 1;
          next.add(edge.to);
        }
      }
    }
    return level;
  }
}
