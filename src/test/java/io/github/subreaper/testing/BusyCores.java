package io.github.subreaper.testing;

import java.util.ArrayList;
import java.util.List;

/** Keeps every core busy while an action runs. */
public final class BusyCores {
  /** An action that may throw. */
  public interface Action {
    void run() throws Exception;
  }

  private volatile boolean over;

  private BusyCores() {}

  public static void during(Action action) throws Exception {
    BusyCores cores = new BusyCores();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      Thread thread = new Thread(cores::spin, "busy");
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
    try {
      action.run();
    } finally {
      cores.over = true;
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private void spin() {
    while (!over) {
      Thread.onSpinWait();
    }
  }
}
