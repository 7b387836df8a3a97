package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** Finds the sockets on which processes listen. */
final class Listening {
  private Listening() {}

  static boolean on(int port, Descendant process) {
    return process.listeningAddresses().stream().anyMatch(address -> address.getPort() == port);
  }

  static boolean on(Path socket, Descendant process) {
    return process.listeningPaths().stream().anyMatch(bound -> isSame(socket, bound, process));
  }

  static List<String> addresses(Descendant process) {
    return process.listeningAddresses().stream().map(Naming::of).toList();
  }

  static List<String> paths(Collection<Descendant> processes) {
    return processes.stream()
        .flatMap(process -> process.listeningPaths().stream())
        .map(Path::toString)
        .toList();
  }

  /** Resolves the bound path, which may be relative to the working directory of the process. */
  private static boolean isSame(Path wanted, Path bound, Descendant process) {
    Path absolute = process.workingDirectory().map(from -> from.resolve(bound)).orElse(bound);
    if (absolute.normalize().equals(wanted.toAbsolutePath().normalize())) {
      return true;
    }
    try {
      return Files.isSameFile(absolute, wanted);
    } catch (IOException e) {
      return false;
    }
  }
}
