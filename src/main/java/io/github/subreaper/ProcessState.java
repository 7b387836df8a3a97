package io.github.subreaper;

/**
 * What a process is doing, by the state of its first thread; proc_pid_stat(5), {@code ps} STAT.
 *
 * @since 0.1.0
 */
public enum ProcessState {
  /** {@code R}: is on a CPU, or waits for one. */
  RUNNING,
  /** {@code S}: waits, and a signal would wake it. */
  SLEEPING,
  /** {@code D}: waits in the kernel, mostly for a disk, and no signal wakes it. */
  WAITING,
  /** {@code T}: a signal such as SIGSTOP has stopped it. */
  STOPPED,
  /** {@code t}: a tracer has stopped it, ptrace(2). */
  TRACED,
  /** {@code Z}: its first thread has ended, and others still run; otherwise it would be dead. */
  FIRST_THREAD_ENDED,
  /** Another letter, of a newer kernel. */
  OTHER;

  static ProcessState of(char letter) {
    return switch (letter) {
      case 'R' -> RUNNING;
      case 'S' -> SLEEPING;
      case 'D' -> WAITING;
      case 'T' -> STOPPED;
      case 't' -> TRACED;
      case 'Z' -> FIRST_THREAD_ENDED;
      default -> OTHER;
    };
  }
}
