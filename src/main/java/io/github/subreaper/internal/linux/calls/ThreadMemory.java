package io.github.subreaper.internal.linux.calls;

import com.sun.jna.Memory;

/** A block of native memory for each thread, allocated at its first use. */
public final class ThreadMemory extends ThreadLocal<Memory> {
  private final int bytes;

  public ThreadMemory(int bytes) {
    this.bytes = bytes;
  }

  @Override
  protected Memory initialValue() {
    return new Memory(bytes);
  }
}
