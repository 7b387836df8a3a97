package io.github.subreaper.junit;

import static io.github.subreaper.junit.Processes.leak;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A suite that starts a process and never ends; run by Surefire. */
final class HangingSuite {
  private HangingSuite() {}

  static class HangingTestCases {
    @Test
    void hangs() throws Exception {
      ChildJvm.say("jvm", ProcessHandle.current().pid());
      ChildJvm.say("pid", leak());
      new CountDownLatch(1).await();
    }
  }
}
