package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.PosixSpawn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to launch, and how; its caller has checked the values. */
public record LaunchSpec(
    List<String> command,
    Environment environment,
    @Nullable Path directory,
    @Nullable String inputText,
    @Nullable Path inputFile,
    int stopSignal,
    @Nullable Duration timeout,
    Setup setup) {

  /**
   * Returns the absolute directory to start in; null for that of this JVM.
   *
   * @throws LaunchFailedException if no program can start there
   */
  public @Nullable Path directoryOrRefuse() {
    if (directory == null) {
      return null;
    }
    String what = "cannot launch `" + String.join(" ", command) + "`";
    if (!Files.isDirectory(directory)) {
      throw new LaunchFailedException(
          what
              + ": "
              + (Files.exists(directory) ? "not a directory: " : "no such directory: ")
              + directory
              + (Files.exists(directory) ? "" : ". To fix: create it before the launch"));
    }
    if (!PosixSpawn.hasChdir()) {
      throw new LaunchFailedException(
          what
              + " in "
              + directory
              + ": this C library lacks posix_spawn_file_actions_addchdir_np (glibc 2.29)");
    }
    return directory.toAbsolutePath();
  }
}
