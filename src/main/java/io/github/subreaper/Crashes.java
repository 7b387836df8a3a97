package io.github.subreaper;

/**
 * What a crash does to the result of a test: the end of a process by a signal that the kernel sends
 * for a fault of the program (SEGV, BUS, FPE, ILL, SYS) or that it raises itself (ABRT, signal(7)).
 * A daemon that starts its dead workers again hides such an end.
 *
 * <pre>{@code
 * subreaper.open("old server", ScopeOptions.defaults().withCrashes(Crashes.IGNORE));
 * }</pre>
 *
 * @since 0.1.0
 */
public enum Crashes {
  /** Not set here: the next level decides. Without any it is {@link #FAIL}. */
  DEFAULT,
  /**
   * A crash of what a {@link Launch} ran fails the test; that of another process is a warning,
   * since the test may ask it for its status.
   */
  FAIL,
  /** A crash is published as a report entry and logged; the test keeps its result. */
  WARN,
  /** Crashes are not reported. */
  IGNORE;

  /**
   * A regular expression for what sanitizers and runtimes print about a fault that need not end the
   * process by a signal: AddressSanitizer and its kin, UBSan, Go, Rust and the JVM.
   *
   * <pre>{@code
   * assertThat(launch).neverPrints(Crashes.OUTPUT);
   * }</pre>
   */
  public static final String OUTPUT =
      "(ERROR|WARNING): (Address|Leak|Memory|Thread|HWAddress)Sanitizer"
          + "|runtime error: "
          + "|^(panic|fatal error): "
          + "|^thread '.*' (\\(\\d+\\) )?panicked at "
          + "|^# A fatal error has been detected by the Java Runtime Environment";
}
