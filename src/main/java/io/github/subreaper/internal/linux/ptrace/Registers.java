package io.github.subreaper.internal.linux.ptrace;

import com.sun.jna.Memory;

/** The registers of a thread that has stopped at a system call: user_regs_struct of x86-64. */
final class Registers {
  private static final int GETREGS = 12;
  private static final int SETREGS = 13;

  private static final int BYTES = 27 * 8;
  private static final int RAX = 10 * 8;
  private static final int RDX = 12 * 8;
  private static final int ORIG_RAX = 15 * 8;
  private static final int RIP = 16 * 8;
  private static final int RSP = 19 * 8;

  /** Those with arguments: rdi, rsi, rdx, r10, r8. */
  private static final int[] ARGUMENTS = {14 * 8, 13 * 8, RDX, 7 * 8, 9 * 8};

  /** Each instruction that calls the kernel has as many: {@code syscall} and {@code int 0x80}. */
  private static final int INSTRUCTION_BYTES = 2;

  /** No call, so none is begun again when the thread goes on. */
  private static final long NO_CALL = -1;

  private final Memory values = new Memory(BYTES);

  /** Reads them. Returns 0 or the errno. */
  int read(int tid) {
    return Ptrace.request(GETREGS, tid, values);
  }

  /** Sets them. Returns 0 or the errno. */
  int write(int tid) {
    return Ptrace.request(SETREGS, tid, values);
  }

  Registers copy() {
    Registers copy = new Registers();
    copy.values.write(0, values.getByteArray(0, BYTES), 0, BYTES);
    return copy;
  }

  long stackPointer() {
    return values.getLong(RSP);
  }

  /** Makes it another call, which it has not begun yet. */
  void call(int number, long... arguments) {
    values.setLong(ORIG_RAX, number);
    for (int i = 0; i < ARGUMENTS.length; i++) {
      values.setLong(ARGUMENTS[i], i < arguments.length ? arguments[i] : 0);
    }
  }

  /** Sets the third argument of the call, which it has not begun yet. */
  void thirdArgument(long value) {
    values.setLong(RDX, value);
  }

  /** Has the thread begin the call, at whose entry these were read, again. */
  void callAgain() {
    values.setLong(RAX, values.getLong(ORIG_RAX));
    values.setLong(ORIG_RAX, NO_CALL);
    values.setLong(RIP, values.getLong(RIP) - INSTRUCTION_BYTES);
  }
}
