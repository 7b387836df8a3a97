package io.github.subreaper.assertj;

import io.github.subreaper.ProcessTree;
import io.github.subreaper.WaitTimeoutException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a tree has a shape, has it soon, keeps it; the answer is what is said if not. For
 * assertions on whatever has a tree.
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

  static @Nullable Should now(ProcessTree tree, Shape shape) {
    ShapeCheck check = new ShapeCheck(shape);
    return check.holds(tree) ? null : Should.haveShape(check.last.marks());
  }

  /** Looks anew until it has the shape. */
  static @Nullable Should within(Duration limit, ProcessTree tree, Shape shape) {
    ShapeCheck check = new ShapeCheck(shape);
    try {
      tree.awaitUntil(check::holds, limit);
      return null;
    } catch (WaitTimeoutException e) {
      return Should.haveShapeWithin(limit, !e.isTimeout(), check.last.marks(), tree.describe());
    }
  }

  /** Looks anew until it does not have the shape any more. */
  static @Nullable Should lasting(Duration time, ProcessTree tree, Shape shape) {
    ShapeCheck check = new ShapeCheck(shape);
    try {
      tree.awaitUntil(now -> !check.holds(now), time);
    } catch (WaitTimeoutException e) {
      return null;
    }
    return Should.keepShapeFor(time, check.after, check.last.marks(), tree.describe());
  }

  private boolean holds(ProcessTree tree) {
    after = Duration.ofNanos(System.nanoTime() - start);
    last = shape.match(ShapeNode.of(tree.nodes()));
    return last.isMatch();
  }
}
