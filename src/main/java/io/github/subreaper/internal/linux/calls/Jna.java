package io.github.subreaper.internal.linux.calls;

import com.sun.jna.Native;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether JNA works here. It is tried once, since a class that fails to load reports the
 * reason only once.
 */
public final class Jna {
  /** What {@link #trouble} returns if there is none. */
  public static final String MISSING =
      "JNA is not on the class path. To fix: add net.java.dev.jna:jna (version 5)";

  /** The words of musl's loader about a library that needs glibc, as JNA's did on aarch64. */
  private static final String MUSL_LACKS = "Error loading shared library ld-linux";

  private static final @Nullable String TROUBLE = load();

  private Jna() {}

  /** Returns why no call of this package works; null if they do. */
  public static @Nullable String trouble() {
    return TROUBLE;
  }

  private static @Nullable String load() {
    String version;
    try {
      version = Native.class.getPackage().getImplementationVersion();
    } catch (LinkageError e) {
      return MISSING;
    }
    try {
      Class.forName(Native.class.getName());
    } catch (Exception | Error e) {
      String cause = firstCause(e);
      return "JNA "
          + version
          + " cannot load its native part: "
          + cause
          + (cause.contains(MUSL_LACKS)
              ? ". To fix: use JNA 5, since before 4.3 JNA does not load on musl (Alpine)"
              : ". To fix: with -Djna.tmpdir=DIR name a directory that can be written and is not"
                  + " mounted noexec");
    }
    try {
      Class.forName(LibC.class.getName());
      return null;
    } catch (Exception | Error e) {
      return unbound(e);
    }
  }

  /** Returns why the calls are not bound to the functions of the C library. */
  static String unbound(Throwable failure) {
    return (failure instanceof UnsatisfiedLinkError
            ? "the C library lacks a function: "
            : "JNA cannot bind the C library: ")
        + firstCause(failure);
  }

  /**
   * Returns the message of the deepest cause: where JNA failed before, the others only say that it
   * did.
   */
  private static String firstCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return message == null ? cause.toString() : message.strip();
  }
}
