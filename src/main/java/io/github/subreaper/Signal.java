package io.github.subreaper;

import io.github.subreaper.internal.linux.calls.SignalNumber;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A signal of signal(7), with the numbers of x86 and ARM. Equal by number. {@link #valueOf} finds
 * those that have no constant.
 *
 * <pre>{@code
 * daemon.signal(Signal.HUP);
 * daemon.signal(Signal.valueOf("RTMIN+1"));
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Signal {
  private static final int FIRST_REAL_TIME = SignalNumber.SIGRTMIN;
  private static final int LAST = SignalNumber.SIGRTMAX;
  private static final String PREFIX = "SIG";
  private static final Map<String, Integer> NUMBERS = numbers();

  /** Terminal hangup, 1; many daemons reload their configuration. */
  public static final Signal HUP = new Signal(SignalNumber.SIGHUP);

  /** Interrupt from the keyboard, 2. */
  public static final Signal INT = new Signal(SignalNumber.SIGINT);

  /** Quit from the keyboard, 3. */
  public static final Signal QUIT = new Signal(SignalNumber.SIGQUIT);

  /** Illegal instruction, 4. */
  public static final Signal ILL = new Signal(SignalNumber.SIGILL);

  /** Trace or breakpoint trap, 5. */
  public static final Signal TRAP = new Signal(SignalNumber.SIGTRAP);

  /** abort(3), 6. */
  public static final Signal ABRT = new Signal(SignalNumber.SIGABRT);

  /** Bus error, 7. */
  public static final Signal BUS = new Signal(SignalNumber.SIGBUS);

  /** Erroneous arithmetic operation, 8. */
  public static final Signal FPE = new Signal(SignalNumber.SIGFPE);

  /** Kill, 9; cannot be caught, blocked or ignored. */
  public static final Signal KILL = new Signal(SignalNumber.SIGKILL);

  /** User-defined, 10. */
  public static final Signal USR1 = new Signal(SignalNumber.SIGUSR1);

  /** Invalid memory reference, 11. */
  public static final Signal SEGV = new Signal(SignalNumber.SIGSEGV);

  /** User-defined, 12. */
  public static final Signal USR2 = new Signal(SignalNumber.SIGUSR2);

  /** Broken pipe, 13. */
  public static final Signal PIPE = new Signal(SignalNumber.SIGPIPE);

  /** alarm(2), 14. */
  public static final Signal ALRM = new Signal(SignalNumber.SIGALRM);

  /** Termination, 15. */
  public static final Signal TERM = new Signal(SignalNumber.SIGTERM);

  /** Continue if stopped, 18. */
  public static final Signal CONT = new Signal(SignalNumber.SIGCONT);

  /** Stop, 19; cannot be caught, blocked or ignored. */
  public static final Signal STOP = new Signal(SignalNumber.SIGSTOP);

  /** Stop typed at the terminal, 20. */
  public static final Signal TSTP = new Signal(SignalNumber.SIGTSTP);

  /** CPU time limit exceeded, 24. */
  public static final Signal XCPU = new Signal(SignalNumber.SIGXCPU);

  /** File size limit exceeded, 25. */
  public static final Signal XFSZ = new Signal(SignalNumber.SIGXFSZ);

  /** Window resized, 28; nginx and others end their workers gracefully. */
  public static final Signal WINCH = new Signal(SignalNumber.SIGWINCH);

  /** Bad system call, 31. */
  public static final Signal SYS = new Signal(SignalNumber.SIGSYS);

  private final int number;

  private Signal(int number) {
    this.number = number;
  }

  private static Map<String, Integer> numbers() {
    Map<String, Integer> numbers = new HashMap<>();
    for (int number = 1; number <= SignalNumber.SIGSYS; number++) {
      numbers.put(SignalNumber.name(number).substring(PREFIX.length()), number);
    }
    numbers.put("IOT", SignalNumber.SIGABRT);
    numbers.put("CLD", SignalNumber.SIGCHLD);
    numbers.put("POLL", SignalNumber.SIGIO);
    return numbers;
  }

  /**
   * Finds a signal by name or number.
   *
   * @param text {@code "TERM"}, {@code "SIGTERM"}, {@code "RTMIN+1"}, {@code "RTMAX-2"} or {@code
   *     "34"}; case does not matter
   * @return the signal
   * @throws IllegalArgumentException if there is no such signal
   */
  public static Signal valueOf(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    name = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    int number = 0;
    try {
      if (name.startsWith("RTMIN")) {
        number = realTime(FIRST_REAL_TIME, name.substring(5));
      } else if (name.startsWith("RTMAX")) {
        number = realTime(LAST, name.substring(5));
      } else {
        Integer known = NUMBERS.get(name);
        number = known != null ? known : Integer.parseInt(name);
      }
    } catch (NumberFormatException e) {
      number = 0;
    }
    if (number < 1 || number > LAST) {
      throw new IllegalArgumentException(
          "no such signal: \"" + text + "\"; a name as in kill -l, or a number from 1 to " + LAST);
    }
    return new Signal(number);
  }

  private static int realTime(int from, String offset) {
    if (offset.isEmpty()) {
      return from;
    }
    int number = from + Integer.parseInt(offset);
    return number < FIRST_REAL_TIME ? 0 : number;
  }

  static Signal of(int number) {
    return new Signal(number);
  }

  /**
   * Returns what kill(2) takes.
   *
   * @return from 1 to 64
   */
  public int number() {
    return number;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Signal signal && signal.number == number;
  }

  @Override
  public int hashCode() {
    return number;
  }

  /**
   * Returns the name with its prefix.
   *
   * @return such as {@code "SIGTERM"} or {@code "SIGRTMIN+1"}
   */
  @Override
  public String toString() {
    return SignalNumber.name(number);
  }
}
