package io.github.subreaper.internal.junit.engines;

import io.github.subreaper.internal.junit.scopes.Guarded;
import io.github.subreaper.internal.junit.scopes.Session;
import io.github.subreaper.internal.junit.settings.ScopeName;
import io.github.subreaper.internal.junit.settings.Settings;
import io.github.subreaper.internal.report.ReportDirectory.Written;
import io.github.subreaper.internal.report.recording.Recorder;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.ClasspathResourceSource;
import org.junit.platform.engine.support.descriptor.FileSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestIdentifier;

/** A test or a container of an engine that is not Jupiter. */
public final class PlatformTest implements Guarded {
  private final Session session;
  private final Settings settings;
  private final Recorder.Test identity;
  private final boolean isTest;
  private final boolean isRun;
  private final boolean interleaves;
  private boolean optIn;
  private boolean isInner;
  private volatile @Nullable Throwable thrown;

  private PlatformTest(
      Session session,
      Settings settings,
      Recorder.Test identity,
      boolean isTest,
      boolean isRun,
      boolean interleaves) {
    this.session = session;
    this.settings = settings;
    this.identity = identity;
    this.isTest = isTest;
    this.isRun = isRun;
    this.interleaves = interleaves;
  }

  /**
   * Makes one of a rule.
   *
   * @param isInner whether a test is around it that counts
   */
  public static PlatformTest ofRule(
      Session session, Settings settings, Recorder.Test identity, boolean isInner) {
    PlatformTest test =
        new PlatformTest(session, settings, identity, !identity.method().isEmpty(), false, false);
    test.optIn = true;
    test.isInner = isInner;
    return test;
  }

  /**
   * Makes one.
   *
   * @param outer that of the container around it; null for an engine
   * @param interleaves whether its engine runs tests in turns on one thread: nothing shows then
   *     which one has started a process
   */
  static PlatformTest of(
      TestIdentifier one,
      @Nullable PlatformTest outer,
      Session session,
      Settings settings,
      boolean interleaves) {
    TestSource source = one.getSource().orElse(null);
    String type =
        source instanceof MethodSource method
            ? method.getClassName()
            : source instanceof ClassSource its
                ? its.getClassName()
                : outer == null ? ScopeName.RUN : outer.identity.className();
    String method = source instanceof MethodSource its ? its.getMethodName() : "";
    return new PlatformTest(
        session,
        settings,
        new Recorder.Test(
            one.getUniqueId(),
            one.getDisplayName(),
            type,
            method,
            0,
            outer == null ? ScopeName.RUN : name(one, source, type, outer)),
        one.isTest(),
        outer == null,
        interleaves);
  }

  private static String name(
      TestIdentifier one, @Nullable TestSource source, String type, PlatformTest outer) {
    String title = one.getDisplayName().replaceAll("\\s+", " ");
    if (source instanceof ClassSource) {
      return ScopeName.simple(type) + (one.isTest() ? "." + title : "");
    }
    if (source instanceof MethodSource its) {
      return name(type, its.getMethodName(), title);
    }
    String place =
        source instanceof ClasspathResourceSource its
            ? place(its.getClasspathResourceName(), its.getPosition().map(at -> at.getLine()))
            : source instanceof FileSource its
                ? place(its.getFile().getPath(), its.getPosition().map(at -> at.getLine()))
                : outer.isRun ? "" : outer.scope();
    return (place + " " + title).strip();
  }

  /**
   * Names a test.
   *
   * @param title what its engine calls it; often the method with a number
   */
  public static String name(String type, String method, String title) {
    if (method.isEmpty()) {
      return ScopeName.simple(type);
    }
    String own =
        title.startsWith("[") // one of several invocations
            ? method + "()" + title
            : title.equals(method) || title.startsWith(method + "[")
                ? method + "()" + title.substring(method.length())
                : title;
    return ScopeName.simple(type) + "." + own;
  }

  private static String place(String path, Optional<Integer> line) {
    return path.substring(path.lastIndexOf('/') + 1) + line.map(number -> ":" + number).orElse("");
  }

  /** Notes what the test has thrown. */
  public void failed(Throwable failure) {
    thrown = failure;
  }

  @Override
  public Session session() {
    return session;
  }

  @Override
  public Settings settings() {
    return settings;
  }

  @Override
  public Recorder.Test identity() {
    return identity;
  }

  @Override
  public boolean isTest() {
    return isTest;
  }

  @Override
  public boolean isCounted() {
    return isTest && !isInner;
  }

  @Override
  public boolean isClass() {
    return !isTest && !isRun;
  }

  @Override
  public boolean isOptIn() {
    return optIn;
  }

  @Override
  public boolean isJudgedLater() {
    return interleaves ? !isRun : Guarded.super.isJudgedLater();
  }

  @Override
  public boolean hasSettingsInCode() {
    return false;
  }

  @Override
  public String whereToStop() {
    if (optIn) {
      return isTest ? "@After" : "@AfterClass";
    }
    return isTest ? "the test, or in what its engine runs after it" : "what is run after its tests";
  }

  @Override
  public Optional<Throwable> thrown() {
    return Optional.ofNullable(thrown);
  }

  @Override
  public void publish(String key, String text) {
    // an engine's tests take no entries from outside; what matters is logged, too
  }

  @Override
  public void attach(Written report) {
    // nor files
  }

  @Override
  public void cutShort() {
    session.cutShort(scope());
  }
}
