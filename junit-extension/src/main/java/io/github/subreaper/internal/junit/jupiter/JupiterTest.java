package io.github.subreaper.internal.junit.jupiter;

import io.github.subreaper.internal.junit.scopes.Guarded;
import io.github.subreaper.internal.junit.scopes.Session;
import io.github.subreaper.internal.junit.scopes.TestsCutShort;
import io.github.subreaper.internal.junit.settings.ResolvedSettings;
import io.github.subreaper.internal.junit.settings.ScopeName;
import io.github.subreaper.internal.junit.settings.Settings;
import io.github.subreaper.internal.report.ReportDirectory.Written;
import io.github.subreaper.internal.report.recording.Recorder;
import java.lang.reflect.Method;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A test, a class or the run of Jupiter. */
final class JupiterTest implements Guarded {
  private final ExtensionContext context;
  private final Recorder.Test identity;

  JupiterTest(ExtensionContext context) {
    this.context = context;
    this.identity =
        new Recorder.Test(
            context.getUniqueId(),
            context.getDisplayName(),
            context.getTestClass().map(Class::getName).orElse(ScopeName.RUN),
            context.getTestMethod().map(Method::getName).orElse(""),
            ScopeName.invocation(context),
            ScopeName.of(context));
  }

  @Override
  public Session session() {
    return Session.of(context);
  }

  @Override
  public Settings settings() {
    return ResolvedSettings.of(context);
  }

  @Override
  public Recorder.Test identity() {
    return identity;
  }

  @Override
  public boolean isTest() {
    return context.getTestMethod().isPresent();
  }

  @Override
  public boolean isClass() {
    return !isTest() && context.getTestClass().isPresent();
  }

  @Override
  public boolean isOptIn() {
    return OptIn.isIn(context);
  }

  @Override
  public boolean hasSettingsInCode() {
    return ResolvedSettings.areInCode(context);
  }

  @Override
  public String whereToStop() {
    return isTest() ? "@AfterEach" : "@AfterAll";
  }

  @Override
  public Optional<Throwable> thrown() {
    return context.getExecutionException();
  }

  @Override
  public void publish(String key, String text) {
    context.publishReportEntry(key, text);
  }

  @Override
  public void attach(Written report) {
    Attachments.publish(report, context);
  }

  @Override
  public void cutShort() {
    TestsCutShort.add(context);
  }
}
