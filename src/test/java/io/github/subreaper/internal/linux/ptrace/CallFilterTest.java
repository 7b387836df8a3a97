package io.github.subreaper.internal.linux.ptrace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Runs the filter's program as the kernel does, and compares it with the table of calls. */
class CallFilterTest {
  private static final int I386 = 0x40000003;
  private static final int TRACE = 0x7ff00000;
  private static final int ALLOW = 0x7fff0000;
  private static final List<Long> NONE = List.of(0L, 0L, 0L, 0L, 0L, 0L);

  private static int run(int architecture, int number, List<Long> arguments) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(number).putInt(architecture).putLong(0);
    arguments.forEach(data::putLong);
    ByteBuffer program = ByteBuffer.wrap(CallFilter.program()).order(ByteOrder.LITTLE_ENDIAN);
    int value = 0;
    for (int at = 0; ; at++) {
      int code = program.getShort(8 * at);
      int then = program.get(8 * at + 2) & 0xff;
      int otherwise = program.get(8 * at + 3) & 0xff;
      int constant = program.getInt(8 * at + 4);
      switch (code) {
        case 0x20 -> value = data.getInt(constant);
        case 0x54 -> value &= constant;
        case 0x15 -> at += value == constant ? then : otherwise;
        case 0x35 -> at += Integer.compareUnsigned(value, constant) >= 0 ? then : otherwise;
        case 0x06 -> {
          return constant;
        }
        default -> throw new AssertionError("instruction " + code);
      }
    }
  }

  private static List<Long> with(int argument, long value, int other, long otherValue) {
    Long[] all = NONE.toArray(new Long[0]);
    all[argument] = value;
    all[other] = otherValue;
    return List.of(all);
  }

  private static void assertStops(boolean stops, int number, List<Long> arguments) {
    assertThat(run(StoppedCall.AUDIT_ARCH_X86_64, number, arguments))
        .as(number + " " + arguments)
        .isEqualTo(stops ? TRACE : ALLOW);
    StoppedCall call =
        new StoppedCall(
            StoppedCall.Stop.FILTER, StoppedCall.AUDIT_ARCH_X86_64, number, arguments, 0);
    boolean matters = FileCall.of(call) != null || call.endsThread() || call.endsProcess();
    assertThat(matters).as(call.toString()).isEqualTo(stops);
  }

  @Test
  void eachCallOfTheTableAndEachExitStopsAndNoOther() {
    Set<Integer> exits = Set.of(StoppedCall.EXIT, StoppedCall.EXIT_GROUP);
    for (int number = 0; number < 600; number++) {
      int its = number;
      boolean stops =
          exits.contains(its)
              || FileCall.all().stream()
                  .anyMatch(call -> call.number() == its && call.condition() == null);
      assertStops(stops, number, NONE);
    }
  }

  @Test
  void opensStopOnlyIfTheyCreateOrTruncate() {
    assertStops(false, 2, with(1, 2, 2, 0));
    assertStops(true, 2, with(1, 0100, 2, 0));
    assertStops(true, 257, with(2, 01001, 0, -100));
    assertStops(false, 257, with(2, 02001, 1, 0100));
  }

  @Test
  void mappingsStopOnlyIfSharedAndWritable() {
    assertStops(true, 9, with(2, 3, 3, 1));
    assertStops(true, 9, with(2, 2, 3, 3)); // MAP_SHARED_VALIDATE
    assertStops(false, 9, with(2, 3, 3, 2));
    assertStops(false, 9, with(2, 1, 3, 1));
  }

  @Test
  void ofAllIoctlsThoseThatCloneStop() {
    assertStops(true, 16, with(1, 0x40049409L, 0, 3));
    assertStops(true, 16, with(1, 0x4020940dL, 0, 3));
    assertStops(false, 16, with(1, 0x5401L, 0, 3));
  }

  @Test
  void callsOfOtherArchitecturesStop() {
    assertThat(run(I386, 20, NONE)).isEqualTo(TRACE);
    assertThat(run(StoppedCall.AUDIT_ARCH_X86_64, 0x40000000 | 39, NONE)).isEqualTo(TRACE);
    assertThat(run(StoppedCall.AUDIT_ARCH_X86_64, 39, NONE)).isEqualTo(ALLOW);
  }
}
