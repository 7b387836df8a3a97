package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.text.GlobMatcher;
import org.jspecify.annotations.Nullable;

/** A crash in a scope that code under test expects, or allows. */
public final class ExpectedCrash {
  private final Scope scope;
  private final GlobMatcher glob;
  private final @Nullable CallSite site;
  private volatile boolean mayHaveCome;

  /**
   * Makes one.
   *
   * @param site where it is expected; null if it is only allowed
   */
  public ExpectedCrash(Scope scope, GlobMatcher glob, @Nullable CallSite site) {
    this.scope = scope;
    this.glob = glob;
    this.site = site;
  }

  public Scope scope() {
    return scope;
  }

  public GlobMatcher glob() {
    return glob;
  }

  /** Returns where a crash is expected that has not come; null if it may have, or need not. */
  public @Nullable CallSite absentAt() {
    return mayHaveCome ? null : site;
  }

  /** Returns whether it is the crash of a process that has crashed, or that may have. */
  boolean is(ProcessRecord process) {
    boolean matches =
        scope.hasCovered(process) && glob.matches(process.name(), process.commandLine());
    mayHaveCome |= matches;
    return matches;
  }
}
