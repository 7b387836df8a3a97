package io.github.subreaper.internal.linux.ptrace;

import java.util.List;

/**
 * A system call at which a thread has stopped, ptrace_syscall_info of ptrace(2).
 *
 * @param stop where in the call it has stopped
 * @param architecture of the call, AUDIT_ARCH_*: of the instruction, not of the program
 * @param arguments six; none at its end
 * @param result at its end: negative for an errno
 */
public record StoppedCall(
    Stop stop, int architecture, long number, List<Long> arguments, long result) {

  static final int AUDIT_ARCH_X86_64 = 0xc000003e;

  static final int EXIT = 60;
  static final int EXIT_GROUP = 231;

  /** Calls of the x32 ABI have this bit. */
  static final int X32_BIT = 0x40000000;

  /** Where a thread has stopped. */
  public enum Stop {
    NONE,
    ENTRY,
    EXIT,
    /** By a filter, before the call. */
    FILTER;

    /** Returns the one of PTRACE_SYSCALL_INFO_*. */
    static Stop of(int number) {
      return switch (number) {
        case 1 -> ENTRY;
        case 2 -> EXIT;
        case 3 -> FILTER;
        default -> NONE;
      };
    }
  }

  /** Returns whether its number is one of {@link FileCall}. */
  public boolean isNative() {
    return architecture == AUDIT_ARCH_X86_64 && (number & X32_BIT) == 0;
  }

  /** Returns whether it ends its thread, _exit(2) without the rest of the process. */
  public boolean endsThread() {
    return isNative() && number == EXIT;
  }

  /** Returns whether it ends all threads of the process. */
  public boolean endsProcess() {
    return isNative() && number == EXIT_GROUP;
  }

  public long argument(int number) {
    return arguments.get(number);
  }
}
