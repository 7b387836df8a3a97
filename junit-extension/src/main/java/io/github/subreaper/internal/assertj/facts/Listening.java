package io.github.subreaper.internal.assertj.facts;

import io.github.subreaper.Descendant;
import io.github.subreaper.ProcessNotReadableException;
import io.github.subreaper.internal.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the sockets on which processes listen. */
public final class Listening {
  private Listening() {}

  public static boolean on(int port, Descendant process) {
    return process.listeningAddresses().stream().anyMatch(address -> address.getPort() == port);
  }

  public static boolean on(Path socket, Descendant process) {
    Path wanted = FileIdentity.ofProgram(socket, process.launch().orElse(null));
    return process.listeningPaths().stream()
        .anyMatch(bound -> bound.equals(socket) || isSame(wanted, bound, process));
  }

  /** Returns why the sockets of a process are unknown; null if they are known, or it has ended. */
  public static @Nullable String obstacle(Descendant process) {
    try {
      process.details().openFiles();
      return null;
    } catch (ProcessNotReadableException e) {
      return process.isAlive() ? e.reason() : null;
    }
  }

  public static List<String> addresses(Descendant process) {
    return process.listeningAddresses().stream().map(Text::address).toList();
  }

  public static List<String> paths(Collection<Descendant> processes) {
    return processes.stream()
        .flatMap(process -> process.listeningPaths().stream())
        .map(Path::toString)
        .toList();
  }

  /** Resolves the bound path, which may be relative to the working directory of the process. */
  private static boolean isSame(Path wanted, Path bound, Descendant process) {
    Path absolute = process.workingDirectory().map(from -> from.resolve(bound)).orElse(bound);
    if (absolute.normalize().equals(wanted.normalize())) {
      return true;
    }
    try {
      return Files.isSameFile(absolute, wanted);
    } catch (IOException e) {
      return false;
    }
  }
}
