package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.engine.values.CallSite;
import io.github.subreaper.internal.text.GlobMatcher;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A crash in a scope that code under test expects, or allows. */
public final class ExpectedCrash {
  private final GlobMatcher glob;
  private final @Nullable CallSite site;
  private final BooleanSupplier mayBeMissed;
  private volatile boolean mayHaveCome;

  /**
   * Makes one.
   *
   * @param site where it is expected; null if it is only allowed
   * @param mayBeMissed asked when it has not come, whether processes of its scope were missed
   */
  public ExpectedCrash(GlobMatcher glob, @Nullable CallSite site, BooleanSupplier mayBeMissed) {
    this.glob = glob;
    this.site = site;
    this.mayBeMissed = mayBeMissed;
  }

  public GlobMatcher glob() {
    return glob;
  }

  /** Returns where a crash is expected that has not come; null if it may have, or need not. */
  public @Nullable CallSite absentAt() {
    return mayHaveCome || mayBeMissed.getAsBoolean() ? null : site;
  }

  /** Notes that a process of its scope that matches has crashed, or may have. */
  void mayHaveCome() {
    mayHaveCome = true;
  }
}
