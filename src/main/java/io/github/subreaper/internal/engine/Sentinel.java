package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.linux.Errno;
import io.github.subreaper.internal.linux.Fifo;
import io.github.subreaper.internal.linux.Kill;
import io.github.subreaper.internal.linux.NativeStrings;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.Wait;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A child that does nothing, so that the reaper's wait always has somebody to wait for; its death
 * wakes the reaper for the last time. It reads from a FIFO that only this JVM holds open for
 * writing, so it ends by itself when the JVM is gone, whatever ended that.
 */
final class Sentinel implements AutoCloseable {
  private final int line;
  private final int pid;
  private volatile boolean ended;

  Sentinel(Workshop workshop) {
    Path fifo = workshop.path("line");
    Fifo.create(fifo);
    line = Fifo.openForBoth(fifo);
    List<byte[]> command = new ArrayList<>();
    for (String argument : List.of("sh", "-c", "trap '' HUP INT QUIT TERM; read -r line")) {
      command.add(argument.getBytes(StandardCharsets.US_ASCII));
    }
    Path nowhere = Path.of("/dev/null");
    PosixSpawn.Result result =
        PosixSpawn.spawn(
            new PosixSpawn.Request(
                Path.of("/bin/sh"),
                command,
                NativeStrings.environment(),
                null,
                fifo,
                nowhere,
                nowhere,
                null));
    if (result.errno() != 0) {
      Fifo.close(line);
      throw new UnsupportedException(
          "cannot start /bin/sh, whose end wakes the reaping thread: "
              + Errno.describe(result.errno()));
    }
    pid = result.pid();
  }

  boolean is(int candidate) {
    return candidate == pid && !ended;
  }

  /** Makes the doorbell ring. */
  synchronized void ring() {
    if (!ended) {
      Kill.send(pid, 9);
    }
  }

  /** Its zombie has been collected: the pid is nobody's now. */
  synchronized void ended() {
    ended = true;
  }

  @Override
  public void close() {
    ring();
    Wait wait = Wait.ofThisThread();
    while (!ended && Kill.send(pid, 0) == 0) {
      if (wait.collect(pid) != null) {
        ended();
      }
      Thread.onSpinWait();
    }
    Fifo.close(line);
  }
}
