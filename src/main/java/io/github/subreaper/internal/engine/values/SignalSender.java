package io.github.subreaper.internal.engine.values;

import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGBUS;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGFPE;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGILL;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGSEGV;
import static io.github.subreaper.internal.linux.calls.SignalNumber.SIGTRAP;

import io.github.subreaper.internal.engine.journal.Fact;
import java.lang.ref.Reference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What sent a signal, by siginfo_t, sigaction(2). Immutable.
 *
 * @param pid 0 if no process has sent it, or it is not known which
 * @param uid of the sender; {@link #NO_UID} if unknown
 * @param how the means
 * @param number of its record; {@link Fact#NONE} if it is none of ours
 * @param record the record itself, as long as it is in use
 * @param command its command line at that time; empty if unknown
 */
public record SignalSender(
    int pid, int uid, String how, long number, @Nullable Reference<?> record, String command) {
  /** No uid. */
  public static final int NO_UID = -1;

  /** The receiver is in another pid namespace. */
  public static final SignalSender UNKNOWN =
      new SignalSender(0, NO_UID, "unknown", Fact.NONE, null, "");

  /** The kernel has sent it, for no fault of the process. */
  public static final String KERNEL = "kernel";

  private static final String FAULT = "fault";

  private static final int SELF = (int) ProcessHandle.current().pid();

  /** This JVM; who asks gets the uid, too. */
  public static final SignalSender JVM = jvm(NO_UID);

  private static final int SI_USER = 0;
  private static final int SI_QUEUE = -1;
  private static final int SI_TIMER = -2;
  private static final int SI_MESGQ = -3;
  private static final int SI_TKILL = -6;

  private static final int WORDS = 5;

  public static SignalSender jvm(int uid) {
    return new SignalSender(SELF, uid, "kill", Fact.NONE, null, "");
  }

  public boolean isUnknown() {
    return how.equals(UNKNOWN.how);
  }

  public boolean isJvm() {
    return pid == SELF;
  }

  public static boolean isByProcess(int code) {
    return code == SI_USER || code == SI_QUEUE || code == SI_TKILL || code == SI_MESGQ;
  }

  public static boolean isByOther(int code, int pid) {
    return isByProcess(code) && pid > 0 && pid != SELF;
  }

  public static String how(int signal, int code) {
    return switch (code) {
      case SI_USER -> "kill";
      case SI_TKILL -> "tgkill";
      case SI_QUEUE -> "sigqueue";
      case SI_TIMER -> "timer";
      case SI_MESGQ -> "message queue";
      default -> code > 0 && isRaisedByFaults(signal) ? FAULT : KERNEL;
    };
  }

  /** What a code above 0 means depends on the signal; of others it is the end of a child, ... */
  private static boolean isRaisedByFaults(int signal) {
    return signal == SIGSEGV
        || signal == SIGBUS
        || signal == SIGFPE
        || signal == SIGILL
        || signal == SIGTRAP;
  }

  /** Returns whether words of a fact are those of a signal that the process raised by a fault. */
  public static boolean isFault(List<String> words) {
    return isIn(words) && words.get(0).equals(FAULT);
  }

  /** Returns it for a fact, which keeps no record. */
  public List<String> words() {
    return List.of(
        how,
        Integer.toString(pid),
        Integer.toString(uid),
        number == Fact.NONE ? "" : Long.toString(number),
        command);
  }

  /** Returns whether words of a fact are those of a sender. */
  public static boolean isIn(List<String> words) {
    return words.size() == WORDS;
  }
}
