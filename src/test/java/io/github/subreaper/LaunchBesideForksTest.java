package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A child that another thread of this JVM forks holds all descriptors until its exec, also the open
 * gate of a launch. The next launch must not pass through that gate.
 */
class LaunchBesideForksTest {
  private static final int FORKING = 4;

  @Test
  void launchesCarryTheirTagsWhileOtherThreadsFork() throws Exception {
    assertLaunchesCarryTheirTags(150);
  }

  @Test
  @Tag("full")
  void manyLaunchesCarryTheirTagsWhileOtherThreadsFork() throws Exception {
    assertLaunchesCarryTheirTags(1000);
  }

  private static void assertLaunchesCarryTheirTags(int launches) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(FORKING);
    try (Subreaper subreaper = Subreaper.activate();
        Supervisor scope = subreaper.open("scope")) {
      List<Future<@Nullable Void>> forking = new ArrayList<>();
      for (int i = 0; i < FORKING; i++) {
        forking.add(
            pool.submit(
                () -> {
                  while (!over.get()) {
                    assertThat(new ProcessBuilder("true").start().waitFor()).isZero();
                  }
                  return null;
                }));
      }
      try {
        for (int i = 0; i < launches; i++) {
          Launch launch = scope.launch("sh", "-c", "exit 7");
          assertThat(launch.awaitExit()).isEqualTo(ExitStatus.exited(7));
        }
      } finally {
        over.set(true);
      }
      for (Future<@Nullable Void> one : forking) {
        one.get();
      }
    } finally {
      pool.shutdown();
    }
  }
}
