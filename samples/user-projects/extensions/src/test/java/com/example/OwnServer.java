package com.example;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.testcontainers.lifecycle.Startable;

/** What Testcontainers starts and stops as if it were a container; no Docker is needed. */
class OwnServer implements Startable {
  private Process process;

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  @Override
  public void start() {
    try {
      process = new ProcessBuilder("sleep", "1000").start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
