package io.github.subreaper.bench;

import io.github.subreaper.waits.Await;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Counts the system calls of some threads of this JVM, by strace(1). It is made before any
 * activation, as a shell that waits: it is a child from before, so it is in no scope.
 */
final class SystemCalls {
  /** What depends on what other threads do at the same time, and on the memory of the JVM. */
  private static final String UNCOUNTED =
      "!futex,sched_yield,restart_syscall,mmap,munmap,mprotect,madvise";

  private final Path output;
  private final Process shell;

  private SystemCalls(Path output, Process shell) {
    this.output = output;
    this.shell = shell;
  }

  static SystemCalls prepare(Path output) throws IOException {
    String script =
        "read -r threads; exec strace -q -c -U name,calls -e trace=\"$1\" -o \"$2\" $threads";
    Process shell =
        new ProcessBuilder("sh", "-c", script, "sh", UNCOUNTED, output.toString())
            .redirectErrorStream(true)
            .start();
    return new SystemCalls(output, shell);
  }

  /** How many calls the work makes; it throws where this JVM may not be traced. */
  long during(CountedThreads counted, Contest.Work work) throws Exception {
    List<Path> threads = counted.tasks();
    try (Writer line = shell.outputWriter(StandardCharsets.UTF_8)) {
      for (Path thread : threads) {
        line.write(" -p " + thread.getFileName());
      }
      line.write("\n");
    }
    Await.until(() -> !shell.isAlive() || areTraced(threads));
    if (!shell.isAlive()) {
      throw new IllegalStateException(String.join(" ", shell.inputReader().lines().toList()));
    }
    work.measure();
    shell.destroy(); // lets go of the threads and writes
    shell.waitFor();
    long calls = 0;
    for (String row : Files.readAllLines(output)) {
      String[] words = row.trim().split("\\s+", -1);
      if (words.length == 2 && words[1].matches("\\d+") && !words[0].equals("total")) {
        calls += Long.parseLong(words[1]);
      }
    }
    return calls;
  }

  private static boolean areTraced(List<Path> threads) throws IOException {
    for (Path thread : threads) {
      if (Files.readString(thread.resolve("status")).contains("\nTracerPid:\t0\n")) {
        return false;
      }
    }
    return true;
  }
}
