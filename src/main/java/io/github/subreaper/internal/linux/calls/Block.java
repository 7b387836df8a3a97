package io.github.subreaper.internal.linux.calls;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * Native memory that is freed when it is closed. JNA's own can be closed since 5.12 only, and the
 * JNA of a test's class path may be older. Access is not checked.
 */
public final class Block extends Pointer implements AutoCloseable {
  private final long size;

  public Block(long size) {
    super(Native.malloc(Math.max(1, size)));
    this.size = size;
    if (peer == 0) {
      throw new OutOfMemoryError("malloc of " + size + " bytes");
    }
  }

  public long size() {
    return size;
  }

  /** Fills it with zeros. */
  public void clear() {
    clear(size);
  }

  @Override
  public void close() {
    long freed = peer;
    peer = 0;
    Native.free(freed);
  }
}
