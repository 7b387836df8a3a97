package io.github.subreaper.internal.linux.proc;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.LibC;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads whole files through the C library, in a quarter of the time of java.io. The memory is
 * reused: what was read is valid until the same thread reads again.
 */
public class Reading {
  private static final int BUFFER = 1 << 16;

  /** A read returns at least a page if there is that much, so a shorter one has reached the end. */
  private static final int SHORT = 2048;

  /** Whether {@link #numbers} can be used on this processor. */
  static final boolean LISTS = SystemCall.X86 || SystemCall.ARM;

  private static final int SYS_GETDENTS64 = SystemCall.X86 ? 217 : 61;

  /** In struct linux_dirent64: two bytes, the lower one first. */
  private static final int ENTRY_LENGTH = 16;

  private static final int ENTRY_NAME = 19;

  private static final int[] NONE = {};

  private static final int MOST_WHOLE_READS = 20;

  private static final ThreadLocal<Reading> READINGS = ThreadLocal.withInitial(Reading::new);

  private final Memory buffer = new Memory(BUFFER);
  private Memory nativePath = new Memory(128);
  private byte[] path = new byte[128];
  private int pathLength;
  private byte[] text = new byte[SHORT];
  private int length;
  private boolean inPieces;
  private long refusals;
  private int errno;

  public Reading() {}

  static Reading ofThisThread() {
    return READINGS.get();
  }

  /** Returns the buffer with what was read, of which {@link #length()} bytes are valid. */
  public byte[] text() {
    return text;
  }

  public int length() {
    return length;
  }

  public byte[] copy() {
    return Arrays.copyOf(text(), length());
  }

  /** Returns whether the file may have changed, or ended, between two pieces that were read. */
  public boolean isInPieces() {
    return inPieces;
  }

  boolean is(byte[] expected) {
    return Arrays.equals(text(), 0, length(), expected, 0, expected.length);
  }

  /** Reads a file until two readings agree: an exec, or the end, may have come between pieces. */
  static @Nullable Reading whole(@Nullable Reading first, Supplier<@Nullable Reading> once) {
    Reading file = first;
    byte[] before = {};
    for (int i = 0; i < MOST_WHOLE_READS && file != null && !file.is(before); i++) {
      before = file.copy();
      file = once.get();
    }
    return file;
  }

  /** Begins the path, in ASCII, of the next file. */
  Reading at(String start) {
    pathLength = 0;
    return then(start);
  }

  Reading then(String part) {
    for (int i = 0; i < part.length(); i++) {
      append((byte) part.charAt(i));
    }
    return this;
  }

  Reading then(int number) {
    if (number < 0) { // no process has it: in digits it would be another file
      return then(Integer.toString(number));
    }
    int digits = 1;
    for (int rest = number / 10; rest > 0; rest /= 10) {
      digits *= 10;
    }
    for (; digits > 0; digits /= 10) {
      append((byte) ('0' + number / digits % 10));
    }
    return this;
  }

  private void append(byte next) {
    if (pathLength == path.length) {
      path = Arrays.copyOf(path, 2 * pathLength);
      nativePath = new Memory(path.length);
    }
    path[pathLength++] = next;
  }

  private Memory path() {
    append((byte) 0);
    nativePath.write(0, path, 0, pathLength);
    return nativePath;
  }

  /** Reads the file to its end; returns false if it can't be read. */
  boolean read() {
    int fd = open();
    if (fd < 0) {
      return false;
    }
    try {
      return readOn(fd);
    } finally {
      LibC.close(fd);
    }
  }

  /** Returns a descriptor of the file; negative if it can't be opened. */
  int open() {
    errno = 0;
    int fd = LibC.open(path(), LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
    if (fd < 0) {
      errno = Native.getLastError();
      refusals += errno == Errno.EMFILE || errno == Errno.ENFILE || errno == Errno.ENOMEM ? 1 : 0;
    }
    return fd;
  }

  /** Returns why the latest file could not be opened; 0 if it was. */
  int errno() {
    return errno;
  }

  /** Returns how many files could not be opened for want of a descriptor or of memory. */
  long refusals() {
    return refusals;
  }

  /**
   * Reads from the position of a descriptor to the end of its file; returns false if it can't be
   * read.
   */
  boolean readOn(int fd) {
    return read(fd, false);
  }

  /** Reads a file that is open, wherever its position is; returns false if it can't be read. */
  boolean readFromStart(int fd) {
    return read(fd, true);
  }

  private boolean read(int fd, boolean fromStart) {
    length = 0;
    inPieces = false;
    int count;
    do {
      count = fromStart ? LibC.pread(fd, buffer, BUFFER, length) : LibC.read(fd, buffer, BUFFER);
      if (count < 0) {
        return false;
      }
      inPieces |= count == BUFFER || (length > 0 && count > 0);
      take(count);
    } while (count >= SHORT);
    return true;
  }

  /** Reads a symbolic link, readlink(2); returns false if it can't be read. */
  boolean readLink() {
    int count = LibC.readlink(path(), buffer, BUFFER);
    length = 0;
    take(Math.max(0, count));
    return count >= 0;
  }

  /**
   * Returns the numbers among the names in a directory, getdents64(2); none if it can't be read. In
   * a fraction of the time of java.io.
   */
  List<Integer> numbers() {
    List<Integer> numbers = new ArrayList<>();
    int fd = open();
    if (fd < 0) {
      return numbers;
    }
    try {
      int count;
      do {
        length = 0;
        count = LibC.syscall(SYS_GETDENTS64, fd, buffer, BUFFER);
        take(Math.max(0, count));
        addNumbers(numbers);
      } while (count > 0);
      return numbers;
    } finally {
      LibC.close(fd);
    }
  }

  /**
   * Returns the number behind the heading of a line; -1 if no line has it, or no number follows.
   */
  long numberAfter(byte[] heading) {
    int end = length;
    int position = afterHeading(text, end, heading);
    while (position < end && (text[position] == ' ' || text[position] == '\t')) {
      position++;
    }
    if (position >= end || text[position] < '0' || text[position] > '9') {
      return -1;
    }
    return number(text, end, position);
  }

  /** Returns the position behind the heading of a line; the end if no line has it. */
  static int afterHeading(byte[] text, int end, byte[] heading) {
    int line = 0;
    while (line < end && !startsWith(text, end, line, heading)) {
      while (line < end && text[line] != '\n') {
        line++;
      }
      line++;
    }
    return line + heading.length;
  }

  static long number(byte[] text, int end, int position) {
    long value = 0;
    for (int i = position; i < end && text[i] >= '0' && text[i] <= '9'; i++) {
      value = value * 10 + (text[i] - '0');
    }
    return value;
  }

  private static boolean startsWith(byte[] text, int end, int offset, byte[] prefix) {
    return offset + prefix.length <= end
        && Arrays.equals(text, offset, offset + prefix.length, prefix, 0, prefix.length);
  }

  /** Returns the numbers, each with a space behind it. */
  int[] blankedNumbers() {
    if (length == 0) {
      return NONE;
    }
    int count = 0;
    for (int i = 0; i < length; i++) {
      if (text[i] == ' ') {
        count++;
      }
    }
    int[] numbers = new int[count];
    int index = 0;
    int value = 0;
    for (int i = 0; i < length; i++) {
      if (text[i] == ' ') {
        numbers[index++] = value;
        value = 0;
      } else {
        value = value * 10 + (text[i] - '0');
      }
    }
    return numbers;
  }

  private int entryLength(int entry) {
    int at = entry + ENTRY_LENGTH;
    return (text[at] & 0xff) | (text[at + 1] & 0xff) << 8;
  }

  private void addNumbers(List<Integer> numbers) {
    for (int entry = 0; entry < length; entry += entryLength(entry)) {
      int number = 0;
      int at = entry + ENTRY_NAME;
      while (text[at] >= '0' && text[at] <= '9') {
        number = number * 10 + text[at++] - '0';
      }
      if (text[at] == 0) {
        numbers.add(number);
      }
    }
  }

  private void take(int count) {
    if (length + count > text.length) {
      text = Arrays.copyOf(text, Math.max(length + count, 2 * text.length));
    }
    buffer.read(0, text, length, count);
    length += count;
  }
}
