package io.github.subreaper.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes the text of a random tree for {@code chaos.c}; the same number gives the same tree. */
public final class TreeGenerator {
  private static final int[] DEADLY = {1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 31, 37};
  private static final int DEEPEST = 12;

  private final SplittableRandom random;
  private final StringBuilder text = new StringBuilder();
  private int budget;

  private TreeGenerator(long number) {
    random = new SplittableRandom(number);
  }

  public static String tree(long number) {
    TreeGenerator generator = new TreeGenerator(number);
    generator.tree();
    return generator.text.toString();
  }

  private void tree() {
    switch (random.nextInt(10)) {
      case 0 -> daemon();
      case 1 -> burst();
      case 2 -> chain(2 + random.nextInt(DEEPEST - 2));
      case 3 -> dyingGroup();
      case 4 -> dyingMiddles();
      default -> {
        budget = 2 + random.nextInt(24);
        body(0);
      }
    }
  }

  /** Appends launcher, middle and daemon; the first two end in any order. */
  private void daemon() {
    text.append('(').append(oneOf("s", "g", "", "sd", "sx"));
    text.append('(').append(oneOf("", "d", "x", "q", "i", "t" + random.nextInt(256)));
    delay();
    text.append(oneOf("p", "go", ending(), "b3(p)p")).append(')');
    delay();
    text.append(ending()).append(')');
    text.append(oneOf("w0", "w0", ""));
    delay();
    text.append(ending());
  }

  /** Appends many double forks, as fast as possible. */
  private void burst() {
    text.append('b').append(2 + random.nextInt(12)).append('(').append(oneOf("", "s", "g"));
    text.append('(').append(ending()).append(')').append(ending()).append(')');
    text.append(oneOf("W", "", "w1")).append(ending());
  }

  /** Appends a chain in which each process forks the next one and ends. */
  private void chain(int length) {
    String hop = oneOf("(", "(s", "(x", "v(", "h(", "c(");
    delay();
    text.append("(");
    for (int i = 0; i < length; i++) {
      text.append(hop);
    }
    text.append(oneOf(ending(), "p"));
    for (int i = 0; i < length; i++) {
      text.append(')').append(ending());
    }
    text.append(')').append(ending());
  }

  /** Appends a middle and children that one signal kills, as one process group. */
  private void dyingGroup() {
    text.append("(").append(oneOf("s", "g")).append('b').append(1 + random.nextInt(5)).append('(');
    text.append(oneOf("", "(p)", "(" + ending() + ")", "s")).append(oneOf("p", ending()));
    text.append(')');
    delay();
    text.append("G)").append(oneOf("w0", "")).append(ending());
  }

  /** Appends middles that their parents kill, with children that live or have just ended. */
  private void dyingMiddles() {
    int middles = 1 + random.nextInt(4);
    for (int i = 0; i < middles; i++) {
      text.append('(').append(oneOf("s", "m", "q", "i", ""));
      text.append('(').append(oneOf("p", ending(), "sp")).append(')');
      text.append('(').append(ending()).append(')').append(oneOf("p", "w1p")).append(')');
      delay();
    }
    for (int i = 0; i < middles; i++) {
      text.append('K').append(i).append(oneOf("w" + i, ""));
    }
    text.append(ending());
  }

  /** Appends any body of a process; returns whether the process stays. */
  private boolean body(int depth) {
    budget--;
    text.append(oneOf("", "", "", "x", "d"));
    text.append(oneOf("", "", "s", "g"));
    text.append(oneOf("", "", "", "i", "t" + random.nextInt(256)));
    boolean ignoresChildren = random.nextInt(20) == 0;
    if (ignoresChildren) {
      text.append('a');
    } else if (random.nextInt(20) == 0) {
      text.append('m');
    }
    if (random.nextInt(20) == 0) {
      text.append('q');
    }
    delay();
    List<Integer> ending = new ArrayList<>();
    int children = 0;
    int most = depth >= DEEPEST ? 0 : random.nextInt(depth < 2 ? 5 : 3);
    while (budget > 0 && children < most) {
      int index = children++;
      switch (random.nextInt(12)) {
        case 0 -> {
          int count = 2 + random.nextInt(5);
          children += count - 1;
          budget -= count;
          text.append('b').append(count).append('(').append(ending()).append(')');
        }
        case 1 ->
            child(
                depth == 0 ? "(" : "c(",
                depth); // CLONE_PARENT would make a sibling of the launched process
        default -> {
          boolean stays = child(oneOf("(", "(", "(", "(", "h(", "v("), depth);
          if (!ignoresChildren && random.nextInt(stays ? 4 : 12) == 0) {
            text.append('K').append(index);
            stays = false;
          }
          if (!stays && random.nextInt(3) == 0) {
            text.append('w').append(index);
          } else if (!stays) {
            ending.add(index);
          }
        }
      }
      delay();
    }
    for (int index : ending) {
      if (random.nextInt(3) == 0) {
        text.append('w').append(index);
      }
    }
    boolean stays = random.nextInt(6) == 0;
    // A process stops only alone in its group: the kernel sends SIGHUP to all of a stopped group
    // that becomes orphaned.
    text.append(stays ? oneOf("p", "p", "p", children == 0 ? "go" : "p") : ending());
    return stays;
  }

  private boolean child(String opening, int depth) {
    text.append(opening);
    boolean stays = body(depth + 1);
    text.append(')');
    return stays;
  }

  private void delay() {
    switch (random.nextInt(8)) {
      case 0 -> text.append('u').append(random.nextInt(500));
      case 1 -> text.append('z').append(random.nextInt(1000));
      case 2 -> text.append('z').append(random.nextInt(random.nextInt(10) == 0 ? 30_000 : 4000));
      default -> {}
    }
  }

  private String ending() {
    return random.nextInt(3) == 0
        ? "k" + DEADLY[random.nextInt(DEADLY.length)]
        : "e" + random.nextInt(256);
  }

  private String oneOf(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
