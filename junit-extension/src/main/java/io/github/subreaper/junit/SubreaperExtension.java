package io.github.subreaper.junit;

import static io.github.subreaper.internal.junit.settings.Settings.AWAIT;
import static io.github.subreaper.internal.junit.settings.Settings.CRASHES;
import static io.github.subreaper.internal.junit.settings.Settings.GRACE;
import static io.github.subreaper.internal.junit.settings.Settings.JUDGE;
import static io.github.subreaper.internal.junit.settings.Settings.LEAKS;
import static io.github.subreaper.internal.junit.settings.Settings.REPORTS;
import static io.github.subreaper.internal.junit.settings.Settings.SETTLE;
import static io.github.subreaper.internal.junit.settings.Settings.STRICT;
import static io.github.subreaper.internal.junit.settings.Settings.SURVIVORS;
import static io.github.subreaper.internal.junit.settings.Settings.UNSUPPORTED;

import io.github.subreaper.Crashes;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.Supervisor;
import io.github.subreaper.internal.junit.jupiter.ExtensionCallbacks;
import io.github.subreaper.internal.junit.settings.JUnitVersion;
import io.github.subreaper.internal.junit.settings.Settings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * The extension behind {@link SubreaperTest}. A field can register it too, with settings that are
 * known only at run time:
 *
 * <pre>{@code
 * @RegisterExtension
 * static final SubreaperExtension subreaper =
 *     SubreaperExtension.builder().grace(Duration.ofSeconds(30)).build();
 * }</pre>
 *
 * <p>or for a whole suite, with JUnit's {@code
 * junit.jupiter.extensions.autodetection.enabled=true}. If it is registered more than once, it acts
 * once; the other registrations only contribute settings. The settings of an instance field are
 * unknown until the constructor has run: use a static field if the constructor or
 * {@code @BeforeAll} takes the {@link Supervisor}.
 *
 * <p>A configuration parameter {@code subreaper.…} that does not exist fails each test class, if it
 * is a system property or in a {@code junit-platform.properties} on the class path. If it was given
 * to a launcher directly, such as by {@code --config} of the ConsoleLauncher, it has no effect:
 * JUnit does not list those.
 *
 * <p>An aborted test that leaked fails, as after any other failure of its cleanup. If classes run
 * in parallel, a leak that no evidence assigns to one of them fails the run, never a guessed test.
 * It fails nothing if one of the tests that may have started it tolerates leaks ({@code WARN},
 * {@code IGNORE}, a matching {@code survivors}).
 *
 * @see TimeoutExtension
 * @since 0.1.0
 */
public final class SubreaperExtension extends ExtensionCallbacks {
  /**
   * Creates an extension without settings of its own.
   *
   * @throws ExtensionConfigurationException if JUnit is older than 5.12
   */
  public SubreaperExtension() {
    this(Settings.NONE);
  }

  private SubreaperExtension(Settings settings) {
    super(settings);
    JUnitVersion.check();
  }

  /**
   * Returns a builder of an extension with settings.
   *
   * @return for a field with {@code @RegisterExtension}
   */
  public static Builder builder() {
    return new Builder(Settings.NONE);
  }

  /** Settings of an extension in a field. Immutable: each call returns a changed copy. */
  public static final class Builder {
    private final Settings settings;

    private Builder(Settings settings) {
      this.settings = settings;
    }

    /**
     * Sets what a leak does to the test.
     *
     * @param leaks the policy
     * @return a changed copy
     */
    public Builder leaks(Leaks leaks) {
      return new Builder(settings.with(LEAKS, leaks));
    }

    /**
     * Sets what a crash does to the test.
     *
     * @param crashes the policy
     * @return a changed copy
     */
    public Builder crashes(Crashes crashes) {
      return new Builder(settings.with(CRASHES, crashes));
    }

    /**
     * Sets when a process that is still alive counts as a leak.
     *
     * @param judge when
     * @return a changed copy
     */
    public Builder judge(Judge judge) {
      return new Builder(settings.with(JUDGE, judge));
    }

    /**
     * Sets whether launched processes count as leaks.
     *
     * @param strict true if they do; false leaves the decision to the other levels
     * @return a changed copy
     */
    public Builder strict(boolean strict) {
      return new Builder(settings.with(STRICT, strict));
    }

    /**
     * Sets how long processes may take to end after the stop signal.
     *
     * @param grace zero or more
     * @return a changed copy
     * @throws IllegalArgumentException if it is negative
     */
    public Builder grace(Duration grace) {
      return new Builder(settings.with(GRACE, ScopeOptions.defaults().withGrace(grace).grace()));
    }

    /**
     * Sets how long a process that would be a leak may take to end by itself.
     *
     * @param settle zero or more
     * @return a changed copy
     * @throws IllegalArgumentException if it is negative
     */
    public Builder settle(Duration settle) {
      return new Builder(
          settings.with(SETTLE, ScopeOptions.defaults().withSettle(settle).settle()));
    }

    /**
     * Sets how long waits without a duration last.
     *
     * @param await more than zero
     * @return a changed copy
     * @throws IllegalArgumentException if it is not
     */
    public Builder await(Duration await) {
      return new Builder(settings.with(AWAIT, ScopeOptions.defaults().withAwait(await).await()));
    }

    /**
     * Sets which processes may stay until the whole run ends.
     *
     * @param globs over name and command line
     * @return a changed copy
     * @throws IllegalArgumentException if one is empty
     */
    public Builder survivors(String... globs) {
      List<String> checked = ScopeOptions.defaults().withSurvivors(globs).survivors();
      return new Builder(settings.with(SURVIVORS, checked));
    }

    /**
     * Sets what a test does on a system that cannot adopt orphans.
     *
     * @param unsupported the policy
     * @return a changed copy
     */
    public Builder unsupported(Unsupported unsupported) {
      return new Builder(settings.with(UNSUPPORTED, unsupported));
    }

    /**
     * Sets when the report of a test is made.
     *
     * @param reports when
     * @return a changed copy
     */
    public Builder reports(Reports reports) {
      return new Builder(settings.with(REPORTS, reports));
    }

    /**
     * Builds the extension.
     *
     * @return for a field with {@code @RegisterExtension}
     */
    public SubreaperExtension build() {
      return new SubreaperExtension(settings);
    }
  }
}
