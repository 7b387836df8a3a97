package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.engine.tracer.CallEvents;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.calls.LinuxException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a program finds around it from its first instruction on, besides its streams, directory and
 * environment. Null is the value of this JVM.
 *
 * @param notifySocket whether NOTIFY_SOCKET leads to this JVM
 * @param canaries whether it finds what a daemon has to undo, see {@link CanarySetup}
 * @param groupOfJvm whether it is in this JVM's process group; else it leads one of its own
 * @param limits by their names in prlimit(1)
 * @param traced whether the kernel reports all that it does to processes
 * @param calls what is to know of its calls that change files; null for nothing
 */
public record Setup(
    boolean notifySocket,
    boolean canaries,
    boolean groupOfJvm,
    Map<String, Limit> limits,
    @Nullable Integer nice,
    @Nullable Integer umask,
    @Nullable User user,
    boolean traced,
    @Nullable CallEvents calls) {

  /** All as in this JVM, but in a process group of its own. */
  public static final Setup NONE =
      new Setup(false, false, false, Map.of(), null, null, null, false, null);

  /** A soft and a hard limit; -1 for unlimited. */
  public record Limit(long soft, long hard) {
    static final long UNLIMITED = -1;

    @Override
    public String toString() {
      return text(soft) + " (hard: " + hardText() + ")";
    }

    String hardText() {
      return text(hard);
    }

    private static String text(long limit) {
      return limit < 0 ? "unlimited" : Long.toString(limit);
    }
  }

  /**
   * The user that it runs as.
   *
   * @param name looked up at the launch, with all groups of the user; null if only the ids are
   *     given
   */
  public record User(@Nullable String name, int uid, int gid) {}

  /** Returns whether something has to be done from outside, before the exec. */
  public boolean isSetFromOutside() {
    return nice != null || !limits.isEmpty() || traced;
  }

  /**
   * Sets limits and nice value of a process that has not exec'd yet, so they hold from the
   * program's first instruction on.
   *
   * @return why the system refused one, in words; null if all are set
   */
  public @Nullable String setFromOutside(Kernel kernel, int pid) {
    if (nice != null) {
      try {
        kernel.limits().setNice(pid, nice);
      } catch (LinuxException e) {
        return "nice value " + nice + ": " + e.getMessage();
      }
    }
    for (Map.Entry<String, Limit> limit : limits.entrySet()) {
      Limit value = limit.getValue();
      try {
        kernel.limits().set(pid, limit.getKey(), value.soft(), value.hard());
      } catch (LinuxException e) {
        return RefusedLimit.reason(kernel, pid, limit.getKey(), value, e);
      }
    }
    return null;
  }

  public Setup withNotifySocket() {
    return new Setup(true, canaries, groupOfJvm, limits, nice, umask, user, traced, calls);
  }

  public Setup withCanaries() {
    return new Setup(notifySocket, true, groupOfJvm, limits, nice, umask, user, traced, calls);
  }

  public Setup withGroupOfJvm() {
    return new Setup(notifySocket, canaries, true, limits, nice, umask, user, traced, calls);
  }

  public Setup withLimit(String name, Limit limit) {
    Map<String, Limit> changed = new LinkedHashMap<>(limits);
    changed.put(name, limit);
    return new Setup(notifySocket, canaries, groupOfJvm, changed, nice, umask, user, traced, calls);
  }

  public Setup withNice(int value) {
    return new Setup(notifySocket, canaries, groupOfJvm, limits, value, umask, user, traced, calls);
  }

  public Setup withUmask(int mask) {
    return new Setup(notifySocket, canaries, groupOfJvm, limits, nice, mask, user, traced, calls);
  }

  public Setup withTrace() {
    return new Setup(notifySocket, canaries, groupOfJvm, limits, nice, umask, user, true, calls);
  }

  /** It is traced, and the calls are reported, too. */
  public Setup withCalls(CallEvents events) {
    return new Setup(notifySocket, canaries, groupOfJvm, limits, nice, umask, user, true, events);
  }

  public Setup withUser(User other) {
    return new Setup(notifySocket, canaries, groupOfJvm, limits, nice, umask, other, traced, calls);
  }
}
