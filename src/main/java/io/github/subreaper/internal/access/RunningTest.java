package io.github.subreaper.internal.access;

import java.util.Objects;

/**
 * The test that a thread runs, as far as assertions need it that keep a file for each test. A test
 * framework says which one it is, with {@link Access#bindTest}. Immutable.
 *
 * <pre>{@code
 * RunningTest test = RunningTest.of(NginxTest.class, "starts", "NginxTest.starts()[2]");
 * try (Binding bound = support.bindTest(test)) {
 *   // runs the test
 * }
 * }</pre>
 */
public final class RunningTest {
  private final Class<?> testClass;
  private final String method;
  private final String name;
  private final boolean approves;

  private RunningTest(Class<?> testClass, String method, String name, boolean approves) {
    this.testClass = Objects.requireNonNull(testClass, "testClass");
    this.method = Objects.requireNonNull(method, "method");
    this.name = Objects.requireNonNull(name, "name");
    this.approves = approves;
  }

  /**
   * Describes a test.
   *
   * @param testClass the class that is run, which may inherit the method
   * @param method its name without parameters
   * @param name for messages; different for invocations with different parameters
   * @return a test that approves nothing
   */
  public static RunningTest of(Class<?> testClass, String method, String name) {
    return new RunningTest(testClass, method, name, false);
  }

  /**
   * Sets whether what an assertion finds replaces what its file says: the setting {@code
   * subreaper.approve}.
   *
   * @param approves true if it does
   * @return a changed copy
   */
  public RunningTest withApproval(boolean approves) {
    return new RunningTest(testClass, method, name, approves);
  }

  /**
   * Returns the class that is run.
   *
   * @return never null
   */
  public Class<?> testClass() {
    return testClass;
  }

  /**
   * Returns the name of the method.
   *
   * @return without parameters
   */
  public String method() {
    return method;
  }

  /**
   * Returns whether what an assertion finds replaces what its file says.
   *
   * @return false by default
   */
  public boolean approves() {
    return approves;
  }

  /**
   * Returns the name for messages.
   *
   * @return such as {@code NginxTest.starts(int)[2]}
   */
  @Override
  public String toString() {
    return name;
  }
}
