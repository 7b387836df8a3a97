package io.github.subreaper.chaos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A tree as {@code chaos.c} will run it, read from the same text: its processes by path, and what
 * is known of each beforehand.
 */
public final class TreePlan {
  /**
   * One process.
   *
   * @param path its path; the path of its parent is a prefix
   * @param stays whether it does not end by itself
   * @param stops whether it stops itself, then stays
   * @param ignoresChildren whether the kernel reaps its children
   * @param losesFirstThread whether its first thread ends, with 0, while another one runs on
   * @param inGroupOfItsOwn whether it is in another group than its session's leader
   */
  record Node(
      String path,
      boolean stays,
      boolean stops,
      boolean ignoresChildren,
      boolean losesFirstThread,
      boolean inGroupOfItsOwn) {}

  private final String text;
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private boolean adoptionsWithin;

  private TreePlan(String text) {
    this.text = text;
    read(0, "0", false);
  }

  public static TreePlan of(String text) {
    return new TreePlan(text);
  }

  public String text() {
    return text;
  }

  Map<String, Node> nodes() {
    return nodes;
  }

  /** Returns whether a process of this tree can have another parent than the one that forked it. */
  boolean hasAdoptionsWithin() {
    return adoptionsWithin;
  }

  public static String parentOf(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('.')));
  }

  /** Reads one body, and returns where it ends. */
  private int read(int start, String path, boolean inherited) {
    int at = start;
    boolean group = inherited;
    int children = 0;
    boolean stays = false;
    boolean stops = false;
    boolean ignoresChildren = false;
    boolean losesFirstThread = false;
    List<Integer> bodies = new ArrayList<>();
    List<Boolean> groups = new ArrayList<>();
    while (at < text.length() && text.charAt(at) != ')') {
      char op = text.charAt(at++);
      int from = at;
      while (at < text.length() && Character.isDigit(text.charAt(at))) {
        at++;
      }
      int number = at == from ? 0 : Integer.parseInt(text.substring(from, at));
      switch (op) {
        case 'p', 'Y' -> stays = true;
        case 'o' -> {
          stays = true;
          stops = true;
        }
        case 'g' -> group = true;
        case 's' -> group = false;
        case 'a' -> ignoresChildren = true;
        case 'q' -> losesFirstThread = true;
        case 'm', 'c' -> adoptionsWithin = true;
        default -> {}
      }
      if (op == 'h' || op == 'v' || op == 'c' || op == 'b') {
        at++;
      }
      if (op == '(' || text.charAt(at - 1) == '(') {
        for (int i = 0; i < (op == 'b' ? number : 1); i++) {
          bodies.add(at);
          groups.add(group);
        }
        at = skip(at);
      }
    }
    nodes.put(path, new Node(path, stays, stops, ignoresChildren, losesFirstThread, group));
    for (int body : bodies) {
      read(body, path + "." + children, groups.get(children++));
    }
    return at;
  }

  private int skip(int from) {
    int at = from;
    for (int depth = 1; depth > 0; at++) {
      char c = text.charAt(at);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    }
    return at;
  }
}
