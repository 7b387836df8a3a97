package io.github.subreaper.testing;

import io.github.subreaper.Program;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Exits with 7 while a launch waits for a writer of its standard input, a FIFO. Takes the FIFO, and
 * how to end: {@code exit} or {@code halt}.
 */
public final class BlockedExit {
  private BlockedExit() {}

  public static void main(String[] arguments) {
    Subreaper subreaper = Subreaper.activate();
    Supervisor scope = subreaper.open("blocked");
    new Thread(() -> scope.launch(Program.of("cat").withStandardInput(Path.of(arguments[0]))))
        .start();
    ProcessHandle self = ProcessHandle.current();
    Optional<ProcessHandle> blocked = Optional.empty();
    while (blocked.isEmpty()) {
      blocked =
          self.children()
              .filter(child -> child.info().command().equals(self.info().command()))
              .findFirst();
    }
    System.out.println("blocked=" + blocked.get().pid());
    if (arguments[1].equals("halt")) {
      Runtime.getRuntime().halt(7);
    }
    System.exit(7);
  }
}
