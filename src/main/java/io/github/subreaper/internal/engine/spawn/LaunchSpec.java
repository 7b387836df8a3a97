package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to launch, and how; its caller has checked the values. Immutable. */
public record LaunchSpec(
    List<String> command,
    Environment environment,
    @Nullable Path directory,
    StreamSpec streams,
    ListenFds handed,
    int stopSignal,
    @Nullable Duration timeout,
    Setup setup) {

  /** Describes a command with the environment and directory of this JVM, and nothing to read. */
  public LaunchSpec(List<String> command, int stopSignal) {
    this(
        List.copyOf(command),
        Environment.OF_JVM,
        null,
        StreamSpec.NONE,
        ListenFds.NONE,
        stopSignal,
        null,
        Setup.NONE);
  }

  /** Returns the command as one text, for messages. */
  public String words() {
    return String.join(" ", command);
  }

  /** Returns the failure of a launch of it. */
  public LaunchFailedException failure(String why) {
    return new LaunchFailedException("cannot launch `" + words() + "`: " + why);
  }

  public LaunchSpec withCommand(List<String> changed) {
    return new LaunchSpec(
        List.copyOf(changed), environment, directory, streams, handed, stopSignal, timeout, setup);
  }

  public LaunchSpec with(Environment changed) {
    return new LaunchSpec(command, changed, directory, streams, handed, stopSignal, timeout, setup);
  }

  public LaunchSpec in(Path changed) {
    return new LaunchSpec(
        command, environment, changed, streams, handed, stopSignal, timeout, setup);
  }

  public LaunchSpec with(StreamSpec changed) {
    return new LaunchSpec(
        command, environment, directory, changed, handed, stopSignal, timeout, setup);
  }

  public LaunchSpec with(ListenFds changed) {
    return new LaunchSpec(
        command, environment, directory, streams, changed, stopSignal, timeout, setup);
  }

  public LaunchSpec withStopSignal(int changed) {
    return new LaunchSpec(
        command, environment, directory, streams, handed, changed, timeout, setup);
  }

  public LaunchSpec withTimeout(Duration changed) {
    return new LaunchSpec(
        command, environment, directory, streams, handed, stopSignal, changed, setup);
  }

  public LaunchSpec with(Setup changed) {
    return new LaunchSpec(
        command, environment, directory, streams, handed, stopSignal, timeout, changed);
  }

  /**
   * Returns the absolute directory to start in; null for that of this JVM.
   *
   * @throws LaunchFailedException if no program can start there
   */
  public @Nullable Path directoryOrRefuse(Kernel kernel) {
    if (directory == null) {
      return null;
    }
    if (!Files.isDirectory(directory)) {
      throw failure(
          (Files.exists(directory) ? "not a directory: " : "no such directory: ")
              + directory
              + (Files.exists(directory) ? "" : ". To fix: create it before the launch"));
    }
    if (!kernel.spawn.hasChdir()) {
      throw new LaunchFailedException(
          "cannot launch `"
              + words()
              + "` in "
              + directory
              + ": this C library lacks posix_spawn_file_actions_addchdir_np (glibc 2.29)");
    }
    return directory.toAbsolutePath();
  }
}
