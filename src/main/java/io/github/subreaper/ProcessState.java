package io.github.subreaper;

/** What a process is doing, as its first thread shows it; proc_pid_stat(5), {@code ps} STAT. */
public enum ProcessState {
  /** {@code R}: on a CPU, or waiting for one. */
  RUNNING,
  /** {@code S}: waits, and a signal would wake it. */
  SLEEPING,
  /** {@code D}: waits for the kernel, mostly for a disk, and no signal wakes it. */
  WAITING,
  /** {@code T}: stopped by a signal such as SIGSTOP. */
  STOPPED,
  /** {@code t}: stopped by a tracer, ptrace(2). */
  TRACED,
  /** {@code Z}: its first thread has ended, but others run: otherwise it would be dead. */
  FIRST_THREAD_ENDED,
  /** Another letter, of a kernel that knows more. */
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
