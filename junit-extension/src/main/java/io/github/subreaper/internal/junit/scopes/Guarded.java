package io.github.subreaper.internal.junit.scopes;

import io.github.subreaper.internal.junit.settings.Settings;
import io.github.subreaper.internal.report.ReportDirectory.Written;
import io.github.subreaper.internal.report.recording.Recorder;
import io.github.subreaper.junit.Judge;
import java.util.Optional;

/** What a scope is for: a test, a class or the run, whichever engine runs it. */
public interface Guarded {
  Session session();

  Settings settings();

  /** Returns what reports know it by. Its scope has the name that is the last part. */
  Recorder.Test identity();

  default String scope() {
    return identity().scope();
  }

  boolean isTest();

  /** Returns whether it is one more of the run's tests. */
  default boolean isCounted() {
    return isTest();
  }

  /** Returns whether it is a class, or one of the containers of other engines. */
  boolean isClass();

  /** Returns whether it was written for the extension: its leaks are terminated with its scope. */
  boolean isOptIn();

  /** Returns whether its scope only ends, and the one around it judges what it leaves. */
  default boolean isJudgedLater() {
    return isTest() && settings().judge() == Judge.CLASS;
  }

  /** Returns whether the extension's settings are in its code, or could be. */
  boolean hasSettingsInCode();

  /** Returns where its processes should be stopped, after the word "in". */
  String whereToStop();

  /** Returns what has made it fail or abort by now. */
  Optional<Throwable> thrown();

  void publish(String key, String text);

  void attach(Written report);

  /** Notes that it has not run to its end: what it would have leaked is not known. */
  void cutShort();
}
