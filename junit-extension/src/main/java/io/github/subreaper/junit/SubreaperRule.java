package io.github.subreaper.junit;

import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.internal.junit.engines.OpenScope;
import io.github.subreaper.internal.junit.engines.PlatformTest;
import io.github.subreaper.internal.junit.scopes.Session;
import io.github.subreaper.internal.junit.scopes.TestReport;
import io.github.subreaper.internal.junit.settings.ConfiguredSettings;
import io.github.subreaper.internal.junit.settings.Parameters;
import io.github.subreaper.internal.junit.settings.Settings;
import io.github.subreaper.internal.junit.settings.UnknownParameters;
import io.github.subreaper.internal.report.recording.Recorder;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.AssumptionViolatedException;
import org.junit.rules.TestRule;
import org.junit.runner.Description;
import org.junit.runners.model.MultipleFailureException;
import org.junit.runners.model.Statement;

/**
 * For tests of JUnit 4 what {@link SubreaperTest} is for those of Jupiter: a {@link Supervisor},
 * and leaks as failures of their test. As a {@code @Rule} for each test, as a {@code @ClassRule}
 * for a class, or both.
 *
 * <pre>{@code
 * @Rule public final SubreaperRule subreaper = new SubreaperRule();
 *
 * @Test
 * public void endsOnTerm() {
 *   Launch launch = subreaper.supervisor().launch("mydaemon");
 * }
 * }</pre>
 *
 * <p>What was launched ends when the test and its {@code @After} methods have run; what else is
 * alive then is a leak, and is terminated. Settings are those {@code subreaper.…} of the system
 * properties and of {@code junit-platform.properties}. It needs JUnit 4.12 or later, and neither
 * Jupiter nor the JUnit Platform.
 *
 * @since 0.1.0
 */
public final class SubreaperRule implements TestRule {
  private static @Nullable Alone alone;

  /** What there is once in a JVM where no Platform runs the tests. The JVM's end closes it. */
  private record Alone(Session session, Settings settings) {
    static Alone of(Parameters parameters) {
      UnknownParameters.search().reject();
      return new Alone(Session.ofJvm(parameters), ConfiguredSettings.of(parameters));
    }
  }

  private volatile @Nullable Supervisor supervisor;

  /** Creates a rule for one test or one class. */
  public SubreaperRule() {}

  /**
   * Returns what supervises the running test, or the class.
   *
   * @return the same until its end
   * @throws IllegalStateException if nothing runs that this rule is around, or this system is not
   *     supported and {@code subreaper.unsupported} is {@code UNGUARDED}
   */
  public Supervisor supervisor() {
    Supervisor present = supervisor;
    if (present == null) {
      throw new IllegalStateException(
          "SubreaperRule has no Supervisor now. To fix: call it in a test, in @Before or in @After,"
              + " of a public field with @Rule (@ClassRule: also in @BeforeClass). On a system that is"
              + " not supported there is none (subreaper.unsupported = UNGUARDED)");
    }
    return present;
  }

  @Override
  public Statement apply(Statement base, Description description) {
    return new Statement() {
      @Override
      public void evaluate() throws Throwable {
        SubreaperRule.this.evaluate(base, description);
      }
    };
  }

  private void evaluate(Statement base, Description description) throws Throwable {
    OpenScope scope;
    try {
      scope = begin(description);
    } catch (UnsupportedSystemException e) {
      switch (ConfiguredSettings.of(Parameters.ofJvm()).unsupported()) {
        case UNGUARDED -> base.evaluate();
        case SKIP -> throw new AssumptionViolatedException("unsupported = SKIP", e);
        case DEFAULT, FAIL -> throw e;
      }
      return;
    }
    Supervisor around = supervisor;
    supervisor = scope.supervisor();
    Throwable thrown = null;
    try {
      base.evaluate();
    } catch (Throwable e) {
      thrown = e;
      scope.test().failed(e);
    }
    supervisor = around; // the rule may be that of the class, too
    throwBoth(thrown, scope.end());
  }

  /** A leak is more than a failed assumption, and no exception that the test may expect. */
  private static void throwBoth(@Nullable Throwable thrown, @Nullable AssertionError leak)
      throws Throwable {
    if (thrown == null || leak == null) {
      MultipleFailureException.assertEmpty(
          Stream.of(thrown, leak).filter(Objects::nonNull).toList());
    } else if (TestReport.isAbort(thrown)) {
      leak.addSuppressed(thrown);
      throw leak;
    } else {
      throw new MultipleFailureException(List.of(thrown, leak));
    }
  }

  private static synchronized Alone alone() {
    if (alone == null) {
      alone = Alone.of(Parameters.ofJvm());
    }
    return alone;
  }

  private static OpenScope begin(Description description) {
    OpenScope around = OpenScope.current();
    Session session = around == null ? alone().session : around.test().session();
    Settings settings = around == null ? alone().settings : around.test().settings();
    String type = description.getClassName();
    String title = description.isTest() ? String.valueOf(description.getMethodName()) : "";
    String method = title.replaceFirst("\\[.*", "");
    Recorder.Test identity =
        new Recorder.Test(
            description.toString(),
            description.getDisplayName(),
            type,
            method,
            0,
            PlatformTest.name(type, method, title));
    PlatformTest test = PlatformTest.ofRule(session, settings, identity, around != null);
    OpenScope begun = OpenScope.begin(test, around, failure -> {});
    begun.bindThread();
    method(description.getTestClass(), method).ifPresent(its -> begun.bindMethod(its, false));
    return begun;
  }

  /** A time-out may run it on another thread. */
  private static Optional<Method> method(@Nullable Class<?> type, String name) {
    return type == null
        ? Optional.empty()
        : Arrays.stream(type.getMethods())
            .filter(one -> one.getName().equals(name) && one.getParameterCount() == 0)
            .findFirst();
  }
}
