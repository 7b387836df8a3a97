package io.github.subreaper.junit;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A test that other classes inherit, in a file of its own. */
abstract class NeverEndingTestCases {
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  @Test
  @Timeout(1)
  void neverEnds() throws InterruptedException {
    NEVER.await();
  }
}
