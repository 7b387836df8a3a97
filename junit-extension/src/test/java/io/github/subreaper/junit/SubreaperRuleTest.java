package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.sleep;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.EnumSource.Mode.EXCLUDE;

import io.github.subreaper.Launch;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.After;
import org.junit.AfterClass;
import org.junit.Assume;
import org.junit.BeforeClass;
import org.junit.ClassRule;
import org.junit.FixMethodOrder;
import org.junit.Rule;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.rules.ExpectedException;
import org.junit.rules.ExternalResource;
import org.junit.runners.MethodSorters;

/** Tests of JUnit 4 that were written for the library. */
class SubreaperRuleTest {

  /** Who runs the tests. */
  enum Runner {
    /** Without Jupiter, the Platform, AssertJ and Awaitility. */
    JUNIT_4 {
      @Override
      ChildJvm of(Class<?> tests) {
        return ChildJvm.main("org.junit.runner.JUnitCore", tests.getName())
            .without("junit-[jpv]|opentest4j|assertj|awaitility");
      }
    },
    VINTAGE {
      @Override
      ChildJvm of(Class<?> tests) {
        return ChildJvm.tests(tests);
      }
    },
    GUARDED_VINTAGE {
      @Override
      ChildJvm of(Class<?> tests) {
        return ChildJvm.tests(tests).with("subreaper.guard", "true");
      }
    };

    abstract ChildJvm of(Class<?> tests);
  }

  @ParameterizedTest
  @EnumSource
  void leakFailsItsTestAndIsTerminatedWithIt(Runner runner) {
    ChildJvm.Output output = runner.of(RuleTestCases.class).runAndAssertEnded();

    List<String> alive = output.text().lines().filter(line -> line.startsWith("alive: ")).toList();
    assertThat(alive).as("that of the test before").containsExactly("alive: false");
    assertThat(output.text())
        .contains("LeakedProcessesError", "RuleTestCases.a_leaks() left sleep running")
        .doesNotContain("b_launches() left", "c_stops() left", "the run fails");
    switch (runner) {
      case JUNIT_4 -> assertThat(output.text()).contains("Tests run: 4,  Failures: 1");
      case VINTAGE, GUARDED_VINTAGE ->
          assertThat(output.text())
              .contains("FAILED a_leaks", "SUCCESSFUL b_launches", "SUCCESSFUL c_stops")
              .contains("SUCCESSFUL d_isLast");
    }
  }

  @FixMethodOrder(MethodSorters.NAME_ASCENDING)
  public static class RuleTestCases {
    private static long leaked;

    @Rule public final SubreaperRule subreaper = new SubreaperRule();
    private @Nullable Process own;

    @After
    public void stop() throws InterruptedException {
      if (own != null) {
        own.destroy();
        own.waitFor();
      }
    }

    @org.junit.Test
    public void a_leaks() {
      leaked = sleep().pid();
    }

    @org.junit.Test
    public void b_launches() {
      ChildJvm.say("alive", ProcessHandle.of(leaked).isPresent());
      Launch launch = subreaper.supervisor().launch("sh", "-c", "(setsid sleep 1000 &); exit 7");
      ChildJvm.say("pid", launch.awaitOrphan().pid());
      if (!launch.awaitExit().toString().equals("exited 7")) {
        throw new AssertionError(launch);
      }
    }

    @org.junit.Test
    public void c_stops() {
      own = sleep();
    }

    @org.junit.Test
    public void d_isLast() {}
  }

  @Test
  void leakHidesNoOtherFailureAndIsHiddenByNone() {
    hidesNoOtherFailure(Runner.JUNIT_4);
  }

  @ParameterizedTest
  @EnumSource(mode = EXCLUDE, names = "JUNIT_4")
  @Tag("full")
  void leakHidesNoOtherFailureOfVintage(Runner runner) {
    hidesNoOtherFailure(runner);
  }

  private static void hidesNoOtherFailure(Runner runner) {
    ChildJvm.Output output = runner.of(FailingTestCases.class).runAndAssertEnded();

    assertThat(output.text())
        .contains("the real reason", "fails() left sleep running", "expects() left sleep running")
        .contains("assumes() left sleep running", "timesOut() left sleep running")
        .doesNotContain("NoClassDefFoundError", "skips() left");
    if (runner == Runner.JUNIT_4) {
      assertThat(output.text()).contains("Tests run: 5,  Failures: 5"); // fails() with two
    } else {
      assertThat(output.text()).contains("FAILED expects", "FAILED assumes", "ABORTED skips");
    }
  }

  @SuppressWarnings("deprecation") // suites still expect exceptions so
  public static class FailingTestCases {
    @Rule(order = 0)
    public final ExpectedException expected = ExpectedException.none();

    @Rule(order = 1)
    public final SubreaperRule subreaper = new SubreaperRule();

    @org.junit.Test
    public void fails() {
      sleep();
      throw new IllegalStateException("the real reason");
    }

    @org.junit.Test
    public void expects() {
      expected.expect(IllegalStateException.class);
      sleep();
      throw new IllegalStateException("expected");
    }

    @org.junit.Test
    public void assumes() {
      sleep();
      Assume.assumeTrue(false);
    }

    @org.junit.Test
    public void skips() {
      Assume.assumeTrue(false);
    }

    @org.junit.Test(timeout = 600_000)
    public void timesOut() {
      sleep(); // on a thread of its own
    }
  }

  /** The rules around it own processes of their own. */
  @Test
  void processOfARuleAroundItIsNotTouched() {
    touchesNoProcessOfARuleAroundIt(Runner.JUNIT_4);
  }

  @ParameterizedTest
  @EnumSource(mode = EXCLUDE, names = "JUNIT_4")
  @Tag("full")
  void processOfARuleAroundItIsNotTouchedByVintage(Runner runner) {
    touchesNoProcessOfARuleAroundIt(runner);
  }

  private static void touchesNoProcessOfARuleAroundIt(Runner runner) {
    ChildJvm.Output output = runner.of(OuterRuleTestCases.class).runAndAssertEnded();

    output.assertExit(0);
    assertThat(output.text()).contains("alive: true").doesNotContain("left sleep running");
  }

  public static class OuterRuleTestCases {
    @Rule(order = 0)
    public final ExternalResource server =
        new ExternalResource() {
          private @Nullable Process process;

          @Override
          protected void before() {
            process = sleep();
          }

          @Override
          protected void after() {
            ChildJvm.say("alive", requireNonNull(process).isAlive());
            process.destroy();
          }
        };

    @Rule(order = 1)
    public final SubreaperRule subreaper = new SubreaperRule();

    @org.junit.Test
    public void passes() {
      ChildJvm.say("pid", subreaper.supervisor().launch("sleep", "1000").pid());
    }
  }

  /** What no test is judged for is judged when the JVM ends, also without the Platform. */
  @Test
  void runIsJudgedWhenTheJvmEnds() {
    ChildJvm.Output output =
        Runner.JUNIT_4
            .of(RuleTestCases.class)
            .with("subreaper.judge", "RUN")
            .with("subreaper.exit", "FAIL")
            .runAndAssertEnded();

    output.assertExit(1);
    assertThat(output.text()).contains("OK (4 tests)", "1 process outlived the run");
  }

  @Test
  void ruleOfAClassIsAroundItsTests() {
    isAroundTheTestsOfAClass(Runner.JUNIT_4);
  }

  @ParameterizedTest
  @EnumSource(mode = EXCLUDE, names = "JUNIT_4")
  @Tag("full")
  void ruleOfAClassIsAroundItsTestsOfVintage(Runner runner) {
    isAroundTheTestsOfAClass(runner);
  }

  private static void isAroundTheTestsOfAClass(Runner runner) {
    ChildJvm.Output output = runner.of(ClassRuleTestCases.class).runAndAssertEnded();

    assertThat(output.text())
        .contains("ClassRuleTestCases left sleep running", "; ended by SIGTERM")
        .doesNotContain("first() left", "second() left");
  }

  public static class ClassRuleTestCases {
    @ClassRule public static final SubreaperRule ALL = new SubreaperRule();
    @Rule public final SubreaperRule each = new SubreaperRule();
    private static @Nullable Launch server;
    private static @Nullable Process client;

    @BeforeClass
    public static void start() {
      Launch launched = ALL.supervisor().launch("sleep", "1000");
      ChildJvm.say("pid", launched.pid());
      server = launched;
      client = sleep();
    }

    @AfterClass
    public static void check() {
      if (!requireNonNull(server).isAlive() || !requireNonNull(client).isAlive()) {
        throw new AssertionError("ended with a test");
      }
    }

    @org.junit.Test
    public void first() {
      each.supervisor().launch("sleep", "1000");
    }

    @org.junit.Test
    public void second() {}
  }
}
