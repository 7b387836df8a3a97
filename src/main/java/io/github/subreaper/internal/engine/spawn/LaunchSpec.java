package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.linux.Kernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What to launch, and how; its caller has checked the values. Immutable.
 *
 * @param directory to start in; null for that of this JVM
 * @param ports by their names, for the handle and for messages
 * @param prepared what the directory is a copy of, once it is launched; null if it is none
 */
public record LaunchSpec(
    List<String> command,
    Environment environment,
    @Nullable Path directory,
    StreamSpec streams,
    ListenFds handed,
    int stopSignal,
    @Nullable Duration timeout,
    Setup setup,
    Map<String, Integer> ports,
    @Nullable Path prepared) {

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
        Setup.NONE,
        Map.of(),
        null);
  }

  /** Returns the command as one text, for messages. */
  public String words() {
    return String.join(" ", command);
  }

  public LaunchFailedException failure(String why) {
    return new LaunchFailedException("cannot launch `" + words() + "`: " + why);
  }

  public LaunchSpec withCommand(List<String> changed) {
    return new LaunchSpec(
        List.copyOf(changed),
        environment,
        directory,
        streams,
        handed,
        stopSignal,
        timeout,
        setup,
        ports,
        prepared);
  }

  public LaunchSpec with(Environment changed) {
    return new LaunchSpec(
        command, changed, directory, streams, handed, stopSignal, timeout, setup, ports, prepared);
  }

  public LaunchSpec in(Path changed) {
    return in(changed, null);
  }

  public LaunchSpec inCopyOf(Path source) {
    return in(source, source);
  }

  LaunchSpec in(Path changed, @Nullable Path source) {
    return new LaunchSpec(
        command, environment, changed, streams, handed, stopSignal, timeout, setup, ports, source);
  }

  public LaunchSpec with(StreamSpec changed) {
    return new LaunchSpec(
        command,
        environment,
        directory,
        changed,
        handed,
        stopSignal,
        timeout,
        setup,
        ports,
        prepared);
  }

  public LaunchSpec with(ListenFds changed) {
    return new LaunchSpec(
        command,
        environment,
        directory,
        streams,
        changed,
        stopSignal,
        timeout,
        setup,
        ports,
        prepared);
  }

  public LaunchSpec withStopSignal(int changed) {
    return new LaunchSpec(
        command, environment, directory, streams, handed, changed, timeout, setup, ports, prepared);
  }

  public LaunchSpec withTimeout(Duration changed) {
    return new LaunchSpec(
        command,
        environment,
        directory,
        streams,
        handed,
        stopSignal,
        changed,
        setup,
        ports,
        prepared);
  }

  public LaunchSpec with(Setup changed) {
    return new LaunchSpec(
        command,
        environment,
        directory,
        streams,
        handed,
        stopSignal,
        timeout,
        changed,
        ports,
        prepared);
  }

  public LaunchSpec withPort(String name, int port) {
    Map<String, Integer> changed = new TreeMap<>(ports);
    changed.put(name, port);
    return new LaunchSpec(
        command,
        environment,
        directory,
        streams,
        handed,
        stopSignal,
        timeout,
        setup,
        Collections.unmodifiableMap(changed),
        prepared);
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
