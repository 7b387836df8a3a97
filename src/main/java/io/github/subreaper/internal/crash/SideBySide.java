package io.github.subreaper.internal.crash;

import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.access.Access;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Does several tasks at a time, and returns their results in the order of the tasks. */
public final class SideBySide<T> implements AutoCloseable {
  private final Queue<FutureTask<T>> tasks = new ArrayDeque<>();

  /** Null if one is done at a time, on the thread that asks for it. */
  private final @Nullable ExecutorService threads;

  /**
   * @param most at a time
   * @param name of the threads
   */
  public SideBySide(int most, String name) {
    threads =
        most == 1
            ? null
            : Executors.newFixedThreadPool(
                most,
                work -> {
                  Thread thread = new Thread(work, name);
                  thread.setDaemon(true);
                  return thread;
                });
  }

  public void add(Supplier<T> task) {
    FutureTask<T> one = new FutureTask<>(task::get);
    tasks.add(one);
    if (threads != null) {
      threads.execute(one);
    }
  }

  /** Returns the result of the next task, or throws what that has thrown. */
  public T next() {
    FutureTask<T> one = tasks.remove();
    if (threads == null) {
      one.run();
    }
    try {
      return one.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Access.get().interrupted("interrupted while crash runs are made side by side", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      } else if (e.getCause() instanceof WaitInterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw (RuntimeException) e.getCause(); // a supplier throws no other
    }
  }

  /** Interrupts what is done, and returns when it is over. Nothing else is begun. */
  @Override
  public void close() {
    if (threads == null) {
      return;
    }
    threads.shutdownNow();
    boolean interrupted = false;
    boolean over = false;
    while (!over) {
      try {
        over = threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
