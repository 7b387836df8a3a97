package io.github.subreaper;

/**
 * The bond between a thread and a scope: what the thread starts by itself counts as the scope's.
 * Made by {@link Supervisor#bind}.
 *
 * <pre>{@code
 * try (Binding bound = supervisor.bind(Thread.currentThread())) {
 *   new ProcessBuilder("my-daemon").start(); // counts as the supervisor's
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface Binding extends AutoCloseable {
  /** Undoes the binding. Idempotent; throws nothing. What was started before stays as it is. */
  @Override
  void close();
}
