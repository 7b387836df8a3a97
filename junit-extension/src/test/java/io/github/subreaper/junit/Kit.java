package io.github.subreaper.junit;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.engine.discovery.ClassSelector;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;
import org.junit.platform.testkit.engine.EventType;

/** Runs small test classes in a launcher session of their own, and returns their results. */
public final class Kit {
  private final Map<String, String> parameters;

  private Kit(Map<String, String> parameters) {
    this.parameters = Map.copyOf(parameters);
  }

  public static Run run(Class<?>... classes) {
    return new Kit(Map.of()).start(classes);
  }

  public static Kit with(String parameter, String value) {
    return new Kit(Map.of(parameter, value));
  }

  public Kit and(String parameter, String value) {
    Map<String, String> more = new HashMap<>(parameters);
    more.put(parameter, value);
    return new Kit(more);
  }

  /**
   * Many of these small tests fail on purpose: their reports are of no use. A machine that stands
   * still for ten seconds fails none. What they leave does not end by itself.
   */
  private static Map<String, String> defaults() {
    return Map.of(
        "subreaper.reports", "NEVER", "subreaper.await", "1 m", "subreaper.settle", "10 ms");
  }

  public Run start(Class<?>... classes) {
    ClassSelector[] selectors =
        Arrays.stream(classes).map(type -> selectClass(type)).toArray(ClassSelector[]::new);
    return new Run(
        EngineTestKit.engine("junit-jupiter")
            .configurationParameters(defaults())
            .configurationParameters(parameters)
            .selectors(selectors)
            .execute());
  }

  /**
   * The results of the tests.
   *
   * @param results all events
   */
  public record Run(EngineExecutionResults results) {

    /** Returns what tests published with this key, in order. */
    List<String> published(String key) {
      return results
          .allEvents()
          .reportingEntryPublished()
          .map(event -> event.getRequiredPayload(ReportEntry.class).getKeyValuePairs().get(key))
          .filter(Objects::nonNull)
          .toList();
    }

    /** Returns the only pid that a test published. */
    long pid() {
      List<String> pids = published("pid");
      if (pids.size() != 1) {
        throw new AssertionError("expected one pid, but got " + pids + this);
      }
      return Long.parseLong(pids.get(0));
    }

    long succeeded() {
      return results.testEvents().succeeded().count();
    }

    /** Returns the exceptions that failed or aborted tests, classes and the engine. */
    List<Throwable> failures() {
      return results
          .allEvents()
          .finished()
          .map(event -> event.getRequiredPayload(TestExecutionResult.class))
          .filter(result -> result.getStatus() != Status.SUCCESSFUL)
          .map(result -> result.getThrowable().orElseThrow())
          .toList();
    }

    /** Returns the last segments of the unique ids of what failed. */
    List<String> failed() {
      return results
          .allEvents()
          .failed()
          .map(event -> event.getTestDescriptor().getUniqueId().getLastSegment().getValue())
          .toList();
    }

    public Throwable onlyFailure() {
      List<Throwable> failures = failures();
      if (failures.size() != 1) {
        throw new AssertionError("expected one failure, but got " + failures);
      }
      return failures.get(0);
    }

    List<String> skipped() {
      return results
          .allEvents()
          .filter(event -> event.getType() == EventType.SKIPPED)
          .map(event -> event.getPayload(String.class).orElse(""))
          .toList();
    }

    /** Returns this if at least one test passed and none failed. */
    public Run assertPassed() {
      if (!failures().isEmpty() || succeeded() == 0) {
        AssertionError error = new AssertionError("passed: " + succeeded());
        failures().forEach(error::addSuppressed);
        throw error;
      }
      return this;
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder();
      for (Event event : results.allEvents().list()) {
        text.append('\n').append(event);
      }
      return text.toString();
    }
  }
}
