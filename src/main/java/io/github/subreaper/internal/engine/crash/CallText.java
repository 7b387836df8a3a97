package io.github.subreaper.internal.engine.crash;

import io.github.subreaper.internal.linux.calls.NativeStrings;
import io.github.subreaper.internal.linux.ptrace.FileCall;
import io.github.subreaper.internal.linux.ptrace.FileCall.Target;
import io.github.subreaper.internal.linux.ptrace.StoppedCall;
import io.github.subreaper.internal.linux.ptrace.TracedMemory;
import io.github.subreaper.internal.text.Printable;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes a call with its arguments, as strace(1) does. For the tracing thread. */
final class CallText {
  private static final int MOST_BYTES = 40;
  private static final int AT_FDCWD = -100;
  private static final long LARGEST_IN_DECIMAL = 1L << 24;

  /** Flags and modes are octal, as in fcntl.h. */
  private static final Set<String> WITH_BITS = Set.of("open", "mkdir", "mknod", "chmod");

  private CallText() {}

  static String of(int tid, FileCall its, StoppedCall call, TracedMemory memory) {
    StringBuilder text = new StringBuilder(its.name()).append('(');
    for (int i = 0; i < its.count(); i++) {
      text.append(i == 0 ? "" : ", ").append(argument(i, tid, its, call, memory));
    }
    return text.append(')').toString();
  }

  private static String argument(
      int i, int tid, FileCall its, StoppedCall call, TracedMemory memory) {
    String quoted = null;
    if (isPath(i, its)) {
      quoted = quoted(memory.text(tid, call.argument(i)), "");
    } else if (its.length() == i + 1) {
      int bytes = (int) Math.min(MOST_BYTES, call.argument(i + 1));
      byte[] read = bytes <= 0 ? null : memory.read(tid, call.argument(i), bytes);
      String start = read == null ? null : new String(read, NativeStrings.CHARSET);
      quoted = quoted(start, bytes < call.argument(i + 1) ? "…" : "");
    }
    boolean bits = i > 0 && WITH_BITS.contains(its.name());
    return quoted == null ? number(call.argument(i), bits) : quoted;
  }

  private static boolean isPath(int i, FileCall its) {
    int at = its.arguments().indexOf(i);
    return (its.target() == Target.PATHS || its.target() == Target.FOLLOWED_PATH) && at % 2 == 1;
  }

  private static @Nullable String quoted(@Nullable String text, String end) {
    return text == null ? null : '"' + Printable.of(text) + '"' + end;
  }

  private static String number(long value, boolean bits) {
    if ((int) value == AT_FDCWD) {
      return "AT_FDCWD";
    }
    if (bits) {
      return "0" + Long.toOctalString(value);
    }
    return Math.abs(value) < LARGEST_IN_DECIMAL
        ? Long.toString(value)
        : "0x" + Long.toHexString(value);
  }
}
