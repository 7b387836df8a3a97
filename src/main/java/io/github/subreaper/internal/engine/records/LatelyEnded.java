package io.github.subreaper.internal.engine.records;

import java.lang.ref.WeakReference;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The processes that ended last, by pid: a signal may reach its receiver after its sender's end.
 */
public final class LatelyEnded {
  private static final int MOST = 1_000;

  private final Map<Integer, WeakReference<ProcessRecord>> byPid =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(
            Map.Entry<Integer, WeakReference<ProcessRecord>> eldest) {
          return size() > MOST;
        }
      };

  public void add(ProcessRecord process) {
    byPid.remove(process.pid()); // else it would keep its old place
    byPid.put(process.pid(), process.reference());
  }

  /** Returns the one with a pid, if it ended at that time or later: pids are given again. */
  public @Nullable ProcessRecord find(int pid, long sinceNanos) {
    WeakReference<ProcessRecord> reference = byPid.get(pid);
    ProcessRecord found = reference == null ? null : reference.get();
    return found != null && found.ending().endedNanos() - sinceNanos >= 0 ? found : null;
  }
}
