package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.NativeStrings;
import io.github.subreaper.internal.linux.PosixSpawn;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What to launch, and how; its caller has checked the values. */
public record LaunchSpec(
    List<String> command,
    Map<String, String> environment,
    Set<String> removedEnvironment,
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

  /**
   * Returns the environment of the program: that of this JVM with the changes of this launch.
   *
   * @param added variables that override all others
   */
  public List<byte[]> variables(Map<String, String> added) {
    Map<String, String> changes = new HashMap<>(environment);
    changes.putAll(added);
    List<byte[]> result = new ArrayList<>();
    for (byte[] variable : NativeStrings.environment()) {
      String text = new String(variable, StandardCharsets.ISO_8859_1);
      String raw = text.substring(0, Math.max(0, text.indexOf('=')));
      String name = new String(raw.getBytes(StandardCharsets.ISO_8859_1), NativeStrings.CHARSET);
      if (!changes.containsKey(name) && !removedEnvironment.contains(name)) {
        result.add(variable);
      }
    }
    changes.forEach(
        (name, value) -> result.add((name + "=" + value).getBytes(NativeStrings.CHARSET)));
    return result;
  }
}
