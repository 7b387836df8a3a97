package io.github.subreaper.internal.linux.files;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.github.subreaper.internal.linux.calls.LinuxException;
import org.jspecify.annotations.Nullable;

/**
 * Ends a blocking call of one thread with EINTR, by a real-time signal whose handler does nothing
 * (abs(3) is called with its number). Made by the thread that is to be rung.
 */
public class Bell {
  /** No JVM and no C library uses this one. */
  private static final int SIGNAL = 59;

  private static final int SIG_UNBLOCK = 1;
  private static final int SET_SIZE = 128;
  private static final long SIG_ERR = -1;

  static {
    Native.register(Bell.class, NativeLibrary.getInstance(null));
    // Without a handler the first ring would end this JVM.
    Pointer before = signal(SIGNAL, NativeLibrary.getInstance(null).getFunction("abs"));
    if (before != null && Pointer.nativeValue(before) == SIG_ERR) {
      throw new LinuxException("signal(" + SIGNAL + ")", Native.getLastError());
    }
    siginterrupt(SIGNAL, 1);
  }

  private final Pointer thread = pthread_self();

  /** Makes the bell of the calling thread. */
  public Bell() {
    Memory set = new Memory(SET_SIZE); // a sigset_t, in words of the size of a long
    set.clear();
    int bit = SIGNAL - 1;
    if (Native.LONG_SIZE == 8) {
      set.setLong(0, 1L << bit);
    } else {
      set.setInt(bit / 32 * 4L, 1 << bit % 32);
    }
    pthread_sigmask(SIG_UNBLOCK, set, null); // it may be inherited as blocked
  }

  /** Rings. The thread must not have ended: its number may be reused. */
  public void ring() {
    pthread_kill(thread, SIGNAL);
  }

  private static native Pointer pthread_self();

  private static native int pthread_kill(Pointer thread, int signal);

  private static native int pthread_sigmask(int how, Pointer set, @Nullable Pointer old);

  private static native @Nullable Pointer signal(int number, Pointer handler);

  private static native int siginterrupt(int number, int flag);
}
