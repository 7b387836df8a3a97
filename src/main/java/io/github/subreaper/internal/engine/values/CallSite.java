package io.github.subreaper.internal.engine.values;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where in the code a process was started. Its lines are chosen when a caller first asks. */
public final class CallSite {
  private final Function<List<StackTraceElement>, Lines> choice;
  private final Supplier<List<StackTraceElement>> recorded;
  private volatile @Nullable Lines lines;

  /**
   * The lines of a stack that help a user most.
   *
   * @param test the innermost of the test's code; null if there is none
   * @param launcher the innermost of any code but the JDK's; null if that is the test's
   */
  public record Lines(@Nullable StackTraceElement test, @Nullable StackTraceElement launcher) {}

  public CallSite(
      Function<List<StackTraceElement>, Lines> choice, Supplier<List<StackTraceElement>> recorded) {
    this.choice = choice;
    this.recorded = recorded;
  }

  /** Returns all of the stack, innermost first. */
  public List<StackTraceElement> stack() {
    return recorded.get();
  }

  /** Returns the line of the test; null if there is none. Loads classes, so no lock is held. */
  public @Nullable StackTraceElement place() {
    return lines().test();
  }

  Lines lines() {
    Lines known = lines;
    if (known == null) {
      known = choice.apply(stack());
      lines = known;
    }
    return known;
  }

  /** Returns the text for messages; null if no line is known. */
  public @Nullable String text() {
    Lines known = lines();
    if (known.test() == null || known.launcher() == null) {
      return known.test() == null ? null : known.test().toString();
    }
    String launcher = Objects.requireNonNull(known.launcher()).toString();
    String type = known.launcher().getClassName();
    int simple = launcher.indexOf(type) + type.lastIndexOf('.') + 1;
    return known.test() + " → " + launcher.substring(simple);
  }
}
