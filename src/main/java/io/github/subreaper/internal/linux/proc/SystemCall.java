package io.github.subreaper.internal.linux.proc;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The system call in which a thread of this process sleeps, {@code /proc/self/task/<tid>/syscall}
 * (CONFIG_HAVE_ARCH_TRACEHOOK). A thread that has been woken and has not run yet sleeps in none;
 * but until the CPU that is to run it has taken it on, the kernel shows the call that is over.
 */
public class SystemCall {
  public static final boolean X86 = "amd64".equals(System.getProperty("os.arch"));
  static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));
  private static final int WAIT4 = X86 ? 61 : 260;
  private static final int WAITID = X86 ? 247 : 95;
  private static final int FUTEX = X86 ? 202 : 98;
  private static final int FUTEX_COMMAND = 127;
  private static final int FUTEX_WAIT_BITSET = 9;

  private final long[] numbers;

  public SystemCall(long[] numbers) {
    this.numbers = numbers;
  }

  static boolean areShown() {
    return (X86 || ARM) && Procfs.read("/proc/self/syscall") != null;
  }

  /** Returns the call in which a thread sleeps; null for none, or if that is not known. */
  static @Nullable SystemCall of(int tid) {
    byte[] text = X86 || ARM ? Procfs.read("/proc/self/task/" + tid + "/syscall") : null;
    String[] words =
        text == null ? null : new String(text, StandardCharsets.US_ASCII).strip().split(" ");
    if (words == null || words.length < 7 || words[0].startsWith("-")) {
      return null;
    }
    long[] numbers = new long[7];
    numbers[0] = Long.parseLong(words[0]);
    for (int i = 1; i < numbers.length; i++) {
      numbers[i] = Long.parseUnsignedLong(words[i].substring(2), 16);
    }
    return new SystemCall(numbers);
  }

  /** Returns the pid of the only child that it waits for and collects; 0 if it collects none. */
  public int collects() {
    boolean waitid = numbers[0] == WAITID && (numbers[4] & Wait.WNOWAIT) == 0;
    return numbers[0] == WAIT4 ? (int) numbers[1] : waitid ? one() : 0;
  }

  /** Returns the pid of the only child that it waits for and leaves; 0 if there is none. */
  public int peeksAt() {
    return numbers[0] == WAITID && (numbers[4] & Wait.WNOWAIT) != 0 ? one() : 0;
  }

  private int one() {
    return numbers[1] == Wait.P_PID ? (int) numbers[2] : -1;
  }

  /** Returns whether it waits for another thread of this process, for a limited time. */
  public boolean isTimedWait() {
    return numbers[0] == FUTEX
        && (numbers[2] & FUTEX_COMMAND) == FUTEX_WAIT_BITSET
        && numbers[4] != 0;
  }
}
