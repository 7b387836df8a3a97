package io.github.subreaper.chaos;

import static io.github.subreaper.testing.Linux.KERNEL;

import io.github.subreaper.chaos.Fault.Kind;
import io.github.subreaper.testing.Await;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Bystanders have the user, name and program of the trees' processes, belong to none, and count
 * their signals. They must be started before the activation.
 */
public final class Bystanders {
  /**
   * In the group and session of this JVM, in their own group, in their own session, and orphaned.
   */
  private static final List<String> KINDS = List.of("y", "gy", "sy", "(sy)e0");

  private final List<Process> processes = new ArrayList<>();
  private final List<Path> ledgers = new ArrayList<>();

  /** The bystanders live while this is open, so at most as long as this JVM. */
  private final RandomAccessFile line;

  private Bystanders(RandomAccessFile line) {
    this.line = line;
  }

  public static Bystanders start(Path program, Path directory) throws IOException {
    Path fifo = Files.createTempDirectory(directory, "bystanders").resolve("line");
    KERNEL.fifos.create(fifo);
    Bystanders bystanders = new Bystanders(new RandomAccessFile(fifo.toFile(), "rw"));
    for (String kind : KINDS) {
      Path ledger = Files.createTempFile(directory, "bystander", ".ledger");
      bystanders.ledgers.add(ledger);
      bystanders.processes.add(
          new ProcessBuilder(program.toString(), ledger.toString(), kind)
              .redirectInput(fifo.toFile())
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start());
    }
    Await.until(() -> bystanders.ledgers.stream().allMatch(Bystanders::stands));
    Await.until(() -> bystanders.identities().size() == KINDS.size()); // a parent ends later
    return bystanders;
  }

  private static boolean stands(Path ledger) {
    Ledger now = Ledger.read(ledger);
    return now.isStaying("0") || now.isStaying("0.0");
  }

  /** Returns the living bystanders. */
  public List<Identity> identities() {
    return ledgers.stream()
        .flatMap(ledger -> Ledger.read(ledger).born().values().stream())
        .filter(Identity::isAlive)
        .toList();
  }

  /** Ends them, and returns those that had got a signal. */
  public List<Fault> dismiss() throws IOException, InterruptedException {
    List<Fault> faults = new ArrayList<>();
    line.close();
    for (int i = 0; i < processes.size(); i++) {
      Process process = processes.get(i);
      Path file = ledgers.get(i);
      String bystander = "the bystander " + KINDS.get(i) + ", pid " + process.pid();
      if (!Await.patiently(() -> !process.isAlive()) || process.exitValue() != 0) {
        process.destroyForcibly();
        faults.add(new Fault(Kind.SIGNALLED, bystander + " ended with " + process.waitFor()));
        continue;
      }
      String path = KINDS.get(i).startsWith("(") ? "0.0" : "0";
      Await.until(() -> Ledger.read(file).born().values().stream().noneMatch(Identity::isAlive));
      Integer signals = Ledger.read(file).signals(path);
      if (signals == null || signals != 0) {
        faults.add(new Fault(Kind.SIGNALLED, bystander + " got signals: " + signals));
      }
    }
    return faults;
  }
}
