package io.github.subreaper.testing;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Program;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs virtual threads that launch, wait, open and close scopes and activations at the same time.
 * Takes the number of threads, and of launches in each.
 */
public final class VirtualThreadWorkload {

  private VirtualThreadWorkload() {}

  public static void main(String[] arguments) throws Exception {
    int threads = Integer.parseInt(arguments[0]);
    int launches = Integer.parseInt(arguments[1]);
    CountDownLatch ended = new CountDownLatch(threads);
    AtomicInteger right = new AtomicInteger();
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor shared = subreaper.open("shared")) {
      for (int i = 0; i < threads; i++) {
        VirtualThreads.unstarted(
                () -> {
                  try {
                    for (int launch = 0; launch < launches; launch++) {
                      right.addAndGet(work(shared, launch));
                    }
                  } finally {
                    ended.countDown();
                  }
                })
            .start();
      }
      if (!Await.patiently(() -> ended.getCount() == 0)) {
        System.out.println("right=" + right + ", and " + ended.getCount() + " threads hang");
        Runtime.getRuntime().halt(3); // close() would hang as well
      }
    }
    System.out.println("right=" + right);
  }

  private static int work(Supervisor shared, int launch) {
    int code = launch % 200;
    if (launch % 4 != 0) {
      return exitsWith(shared, code, Program.of("sh", "-c", "exit " + code));
    }
    try (Subreaper own = Subreaper.activate();
        Supervisor scope = own.open("own")) {
      return exitsWith(scope, code, Program.of("sh", "-c", "exit " + code).withNotifySocket());
    }
  }

  private static int exitsWith(Supervisor scope, int code, Program program) {
    return scope.launch(program).awaitExit().equals(ExitStatus.exited(code)) ? 1 : 0;
  }
}
