package io.github.subreaper.internal.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends a blocking call of one thread with EINTR, by a real-time signal whose handler does nothing
 * (abs(3) is called with its number). Made by the thread that is to be rung.
 */
public final class Bell {
  /** No JVM and no C library uses this one. */
  private static final int SIGNAL = 59;

  private static final int SIG_UNBLOCK = 1;
  private static final int SET_SIZE = 128;
  private static final AtomicBoolean HANDLED = new AtomicBoolean();

  private final Pointer thread = LibC.pthread_self();

  /** Makes the bell of the calling thread. */
  public Bell() {
    if (HANDLED.compareAndSet(false, true)) {
      LibC.signal(SIGNAL, NativeLibrary.getInstance(null).getFunction("abs"));
      LibC.siginterrupt(SIGNAL, 1);
    }
    Memory set = new Memory(SET_SIZE); // a sigset_t, in words of the size of a long
    set.clear();
    int bit = SIGNAL - 1;
    if (Native.LONG_SIZE == 8) {
      set.setLong(0, 1L << bit);
    } else {
      set.setInt(bit / 32 * 4L, 1 << bit % 32);
    }
    LibC.pthread_sigmask(SIG_UNBLOCK, set, null); // it may be inherited as blocked
  }

  /** Rings. The thread must not have ended: its number would be no thread's, or another's. */
  public void ring() {
    LibC.pthread_kill(thread, SIGNAL);
  }
}
