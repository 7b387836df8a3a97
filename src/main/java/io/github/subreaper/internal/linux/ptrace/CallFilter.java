package io.github.subreaper.internal.linux.ptrace;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A filter of seccomp(2) that stops a traced program at each {@link FileCall}, at exits, and at
 * calls of other architectures, whose numbers mean something else. All others cost it next to
 * nothing: the kernel knows which numbers a filter always allows (Linux 5.11).
 *
 * <p>It cannot be taken back: without a tracer the calls end with ENOSYS.
 */
final class CallFilter {
  private static final int LOAD = 0x20;
  private static final int AND = 0x54;
  private static final int EQUAL = 0x15;
  private static final int AT_LEAST = 0x35;
  private static final int RETURN = 0x06;

  private static final int TRACE = 0x7ff00000;
  private static final int ALLOW = 0x7fff0000;

  // struct seccomp_data
  private static final int NUMBER = 0;
  private static final int ARCHITECTURE = 4;
  private static final int ARGUMENTS = 16;

  private static final int INSTRUCTION_BYTES = 8;

  /** Instead of how many instructions to jump over: to one of the two at the end. */
  private static final int TO_TRACE = -1;

  private static final int TO_ALLOW = -2;

  private record Instruction(int code, int value, int then, int otherwise) {}

  private final List<Instruction> instructions = new ArrayList<>();

  private CallFilter() {
    load(ARCHITECTURE);
    jump(EQUAL, StoppedCall.AUDIT_ARCH_X86_64, 0, TO_TRACE);
    load(NUMBER);
    jump(AT_LEAST, StoppedCall.X32_BIT, TO_TRACE, 0);
    jump(EQUAL, StoppedCall.EXIT, TO_TRACE, 0);
    jump(EQUAL, StoppedCall.EXIT_GROUP, TO_TRACE, 0);
    for (FileCall call : FileCall.all()) {
      FileCall.Condition condition = call.condition();
      if (condition == null) {
        jump(EQUAL, call.number(), TO_TRACE, 0);
      } else {
        int before = instructions.size();
        addConditions(condition);
        int over = instructions.size() - before;
        instructions.add(before, new Instruction(EQUAL, call.number(), 0, over));
      }
    }
    instructions.add(new Instruction(RETURN, ALLOW, 0, 0));
    instructions.add(new Instruction(RETURN, TRACE, 0, 0));
  }

  /** Returns the program, struct sock_filter[]. */
  static byte[] program() {
    return new CallFilter().bytes();
  }

  static int instructions(byte[] program) {
    return program.length / INSTRUCTION_BYTES;
  }

  /** Ends with a jump in each case: the number is not loaded any more. */
  private void addConditions(FileCall.@Nullable Condition condition) {
    if (condition == null) {
      return;
    }
    load(ARGUMENTS + 8 * condition.argument()); // the lower half: x86-64 is little endian
    instructions.add(new Instruction(AND, condition.bits(), 0, 0));
    int holds = condition.next() == null ? TO_TRACE : 0;
    boolean equal = condition.equal();
    jump(EQUAL, condition.value(), equal ? holds : TO_ALLOW, equal ? TO_ALLOW : holds);
    addConditions(condition.next());
  }

  private void load(int offset) {
    instructions.add(new Instruction(LOAD, offset, 0, 0));
  }

  private void jump(int code, int value, int then, int otherwise) {
    instructions.add(new Instruction(code, value, then, otherwise));
  }

  private byte[] bytes() {
    ByteBuffer bytes =
        ByteBuffer.allocate(instructions.size() * INSTRUCTION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < instructions.size(); i++) {
      Instruction one = instructions.get(i);
      bytes.putShort((short) one.code);
      bytes.put(distance(i, one.then)).put(distance(i, one.otherwise));
      bytes.putInt(one.value);
    }
    return bytes.array();
  }

  private byte distance(int from, int target) {
    int distance =
        target < 0 ? instructions.size() + (target == TO_TRACE ? -2 : -3) - from : target;
    if (distance > 255) {
      throw new IllegalStateException("too many calls for jumps of one byte: " + distance);
    }
    return (byte) distance;
  }
}
