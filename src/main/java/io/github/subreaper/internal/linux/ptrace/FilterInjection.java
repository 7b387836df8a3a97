package io.github.subreaper.internal.linux.ptrace;

import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.SystemCall;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Has a stopped program install the {@link CallFilter} by itself: seccomp(2) filters only its
 * caller. Instead of the program's first call it makes one of ours, and then its own: registers,
 * stack and call are as they were. Without CAP_SYS_ADMIN the kernel demands {@code NO_NEW_PRIVS}
 * first; then set-user-id programs have no effect.
 *
 * <p>Each call of ours is one of {@link #step}, so signals may arrive in between.
 */
public class FilterInjection {
  private static final int SECCOMP = 317;
  private static final int PRCTL = 157;
  private static final int SET_MODE_FILTER = 1;
  private static final int SET_NO_NEW_PRIVS = 38;

  /** What a function may use below its stack pointer, as the ABI has it. */
  private static final int RED_ZONE = 128;

  /** Of struct sock_fprog, in front of the program. */
  private static final int HEADER_BYTES = 16;

  private final Ptrace ptrace;
  private final TracedMemory memory;
  private final int tid;

  /** Those of the program at the entry of its call; null if none of ours is under way. */
  private @Nullable Registers own;

  private long address;
  private byte @Nullable [] overwritten;
  private boolean needsPrivilege;
  private boolean hasAsked;
  private boolean done;
  private @Nullable String failure;

  public FilterInjection(Ptrace ptrace, TracedMemory memory, int tid) {
    this.ptrace = ptrace;
    this.memory = memory;
    this.tid = tid;
  }

  /** Returns why crash points are impossible on this kind of machine; null if they are not. */
  public static @Nullable String unsupported() {
    return SystemCall.X86
        ? null
        : "crash points need x86-64, and this is " + System.getProperty("os.arch");
  }

  /** Returns whether the program has its filter. */
  public boolean isDone() {
    return done;
  }

  /** Returns why it cannot have one; null if that is not known. */
  public @Nullable String failure() {
    return failure;
  }

  /**
   * The thread has stopped at a call's entry or exit, and goes on to the next one after this,
   * unless {@link #isDone} or {@link #failure} says otherwise.
   */
  public void step() {
    StoppedCall call;
    try {
      call = ptrace.call(tid);
    } catch (LinuxException e) { // an old kernel, or a sandbox
      failure = e.getMessage();
      return;
    }
    if (call == null) {
      return; // killed
    }
    switch (call.stop()) {
      case ENTRY -> begin(call);
      case EXIT -> end(call);
      default -> {}
    }
  }

  private void begin(StoppedCall call) {
    if (own != null) {
      return;
    }
    if (!call.isNative()) {
      failure =
          "the program is not an x86-64 one: its first system call is of another architecture";
      return;
    }
    Registers registers = new Registers();
    int errno = registers.read(tid);
    if (errno != 0) {
      return;
    }
    Registers ours = registers.copy();
    if (needsPrivilege) {
      ours.call(PRCTL, SET_NO_NEW_PRIVS, 1);
    } else {
      errno = plant(registers.stackPointer());
      ours.call(SECCOMP, SET_MODE_FILTER, 0, address);
    }
    if (errno == 0) {
      errno = ours.write(tid);
    }
    if (errno == 0) {
      own = registers;
    } else if (errno != Errno.ESRCH) {
      failure = "its stack or registers cannot be written: " + Errno.describe(errno);
    }
  }

  private int plant(long stackPointer) {
    byte[] program = CallFilter.program();
    address = (stackPointer - RED_ZONE - HEADER_BYTES - program.length) & -HEADER_BYTES;
    ByteBuffer block =
        ByteBuffer.allocate(HEADER_BYTES + program.length).order(ByteOrder.LITTLE_ENDIAN);
    block.putShort(0, (short) CallFilter.instructions(program));
    block.putLong(8, address + HEADER_BYTES);
    block.position(HEADER_BYTES).put(program);
    overwritten = memory.read(tid, address, block.capacity());
    return memory.write(tid, address, block.array());
  }

  private void end(StoppedCall call) {
    Registers registers = own;
    if (registers == null) {
      return; // of the exec
    }
    own = null;
    boolean privilege = needsPrivilege;
    int errno = (int) -call.result();
    needsPrivilege = !hasAsked && errno == Errno.EACCES;
    hasAsked |= needsPrivilege;
    done = !privilege && errno == 0;
    if (errno != 0 && !needsPrivilege) {
      failure =
          (privilege ? "prctl(PR_SET_NO_NEW_PRIVS): " : "seccomp(SECCOMP_SET_MODE_FILTER): ")
              + Errno.describe(errno);
    }
    byte[] before = overwritten;
    if (before != null) {
      memory.write(tid, address, before);
      overwritten = null;
    }
    registers.callAgain();
    registers.write(tid);
  }
}
