package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.values.CallSite;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps one copy of each stack: most starts are made in the same places. */
final class Stacks {
  private static final int MOST = 1_000;

  private final CallSites callSites;
  private final Map<List<StackTraceElement>, CallSite> sites = new ConcurrentHashMap<>();

  Stacks(CallSites callSites) {
    this.callSites = callSites;
  }

  /** Returns the place of a stack. */
  CallSite site(StackTraceElement... stack) {
    if (sites.size() >= MOST) {
      sites.clear();
    }
    return sites.computeIfAbsent(List.of(stack), callSites::of);
  }
}
