package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.records.CallSite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps one copy of each stack and of each line: most starts are made in the same places. */
final class Stacks {
  private static final int MOST = 1_000;

  private final CallSites callSites;
  private final Map<List<StackTraceElement>, CallSite> sites = new ConcurrentHashMap<>();
  private final Map<StackTraceElement, StackTraceElement> lines = new ConcurrentHashMap<>();

  Stacks(CallSites callSites) {
    this.callSites = callSites;
  }

  /** Returns the place of a stack. */
  CallSite site(StackTraceElement... stack) {
    CallSite known = sites.get(Arrays.asList(stack));
    if (known != null) {
      return known;
    }
    if (sites.size() >= MOST) {
      sites.clear();
      lines.clear();
    }
    List<StackTraceElement> shared = new ArrayList<>(stack.length);
    for (StackTraceElement line : stack) {
      StackTraceElement before = lines.putIfAbsent(line, line);
      shared.add(before == null ? line : before);
    }
    CallSite site = callSites.of(shared);
    CallSite before = sites.putIfAbsent(shared, site);
    return before == null ? site : before;
  }
}
