package io.github.subreaper.internal.linux;

import com.sun.jna.Memory;

/** A block of native memory for each thread, allocated at its first use. */
final class ThreadMemory extends ThreadLocal<Memory> {
  private final int bytes;

  ThreadMemory(int bytes) {
    this.bytes = bytes;
  }

  @Override
  protected Memory initialValue() {
    return new Memory(bytes);
  }
}
