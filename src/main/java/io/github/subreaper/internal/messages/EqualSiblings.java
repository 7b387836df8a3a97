package io.github.subreaper.internal.messages;

import io.github.subreaper.internal.engine.records.TreeNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Finds the siblings in trees that look the same with all below them: messages show such as one
 * line. Without recursion, since a chain of processes may be longer than a stack is deep.
 */
public final class EqualSiblings {
  /** Nodes with one number look the same. */
  private final IdentityHashMap<TreeNode, Integer> numbers = new IdentityHashMap<>();

  EqualSiblings(List<TreeNode> roots, Function<TreeNode, String> look) {
    Deque<TreeNode> parentsLast = new ArrayDeque<>();
    Deque<TreeNode> next = new ArrayDeque<>(roots);
    while (!next.isEmpty()) {
      TreeNode node = next.pop();
      parentsLast.push(node);
      node.children().forEach(next::push);
    }
    Map<List<Object>, Integer> known = new HashMap<>();
    for (TreeNode node : parentsLast) {
      List<Object> key = new ArrayList<>();
      node.children().stream().map(numbers::get).sorted().forEach(key::add);
      key.add(look.apply(node));
      numbers.put(node, known.computeIfAbsent(key, its -> known.size()));
    }
  }

  /** Returns how many processes there are in all. */
  int size() {
    return numbers.size();
  }

  /**
   * Returns groups of equal siblings, in the order of the first of each.
   *
   * @param mostSingle if the trees have no more processes, each is a group by itself
   */
  List<List<TreeNode>> groups(List<TreeNode> siblings, int mostSingle) {
    if (size() <= mostSingle) {
      return siblings.stream().map(List::of).toList();
    }
    Map<Integer, List<TreeNode>> groups = new LinkedHashMap<>();
    siblings.forEach(
        node -> groups.computeIfAbsent(numbers.get(node), its -> new ArrayList<>()).add(node));
    return List.copyOf(groups.values());
  }
}
