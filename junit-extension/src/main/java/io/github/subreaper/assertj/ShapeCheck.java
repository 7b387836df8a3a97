package io.github.subreaper.assertj;

import io.github.subreaper.ProcessTree;
import io.github.subreaper.WaitTimeoutException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.assertj.shapes.Shape;
import io.github.subreaper.internal.assertj.shapes.ShapeMatch;
import io.github.subreaper.internal.assertj.shapes.ShapeNode;
import io.github.subreaper.internal.text.Durations;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The checks behind {@code hasShape}, {@code hasShapeWithin} and {@code keepsShapeFor} of all
 * assertions that have a tree. Each returns the failure, or null. Arguments are checked before the
 * tree is asked for.
 */
final class ShapeCheck {
  private final Shape shape;
  private final long start = System.nanoTime();
  private ShapeMatch last;
  private Duration after = Duration.ZERO;

  private ShapeCheck(Shape shape) {
    this.shape = shape;
    this.last = shape.match(List.of());
  }

  static @Nullable Should now(String pattern, Supplier<ProcessTree> tree) {
    Shape shape = Shape.parse(pattern);
    ProcessTree asked = tree.get();
    ShapeCheck check = new ShapeCheck(shape);
    return check.holds(asked) ? null : Should.haveShape(check.last.marks());
  }

  /** Refreshes the tree until it has the shape. */
  static @Nullable Should within(Duration limit, String pattern, Supplier<ProcessTree> tree) {
    Durations.notNegative("limit", limit);
    Shape shape = Shape.parse(pattern);
    ProcessTree asked = tree.get();
    ShapeCheck check = new ShapeCheck(shape);
    try {
      asked.awaitUntil(check::holds, limit);
      return null;
    } catch (WaitTimeoutException e) {
      return Should.haveShapeWithin(
          limit, !e.isTimeout(), check.last.marks(), Access.get().describe(asked));
    }
  }

  /** Refreshes the tree until it no longer has the shape. */
  static @Nullable Should lasting(Duration time, String pattern, Supplier<ProcessTree> tree) {
    Durations.notNegative("time", time);
    Shape shape = Shape.parse(pattern);
    ProcessTree asked = tree.get();
    ShapeCheck check = new ShapeCheck(shape);
    try {
      asked.awaitUntil(now -> !check.holds(now), time);
    } catch (WaitTimeoutException e) {
      return null;
    }
    return Should.keepShapeFor(time, check.after, check.last.marks(), Access.get().describe(asked));
  }

  private boolean holds(ProcessTree tree) {
    after = Duration.ofNanos(System.nanoTime() - start);
    last = shape.match(ShapeNode.of(Access.get().nodes(tree)));
    return last.isMatch();
  }
}
