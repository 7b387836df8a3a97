package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.engine.output.Output;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.linux.PassedDescriptors;
import io.github.subreaper.internal.linux.PosixSpawn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The standard streams of one launch. */
public final class LaunchStreams implements AutoCloseable {
  private static final Path NULL = Path.of("/dev/null");

  /** The name of an empty file: a standard input without content. */
  private static final String CANARY = "canary";

  private final LaunchSpec spec;
  private final PrivateDirectory directory;
  private final Path input;
  private final Output output;

  /**
   * Makes what the program of a launch will open.
   *
   * @throws LaunchFailedException if its input cannot be read
   */
  public LaunchStreams(LaunchSpec spec, PrivateDirectory directory) {
    this.directory = directory;
    this.spec = spec;
    this.input = makeInput();
    this.output = directory.newOutput();
  }

  private Path makeInput() {
    Path file = spec.streams().inputFile();
    if (file != null) {
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw new LaunchFailedException(
            "cannot launch `"
                + spec.words()
                + "`: the standard input "
                + file
                + " is no readable file");
      }
      return file.toAbsolutePath();
    }
    String text = spec.streams().inputText();
    if (text != null) {
      return directory.input(text);
    }
    return spec.setup().canaries() ? canary(directory) : NULL;
  }

  /** Returns an empty file, which a launch with canaries finds open. */
  public static Path canary(PrivateDirectory directory) {
    return directory.file(CANARY, () -> new byte[0]);
  }

  /** Returns the file that is its standard input. */
  public Path input() {
    return input;
  }

  public Output output() {
    return output;
  }

  /** Returns the files of standard input, output and error. */
  public List<Path> files() {
    return List.of(input, output.stdoutFile(), output.stderrFile());
  }

  /** Returns what the child opens. */
  public PosixSpawn.Streams ofChild() {
    return new PosixSpawn.Streams(input, output.stdoutFile(), output.stderrFile());
  }

  /**
   * Returns what one posix_spawn passes to its child; its caller closes it.
   *
   * @throws LaunchFailedException if a socket is closed, or no descriptor is left
   */
  public PassedDescriptors passed() {
    PassedDescriptors passed = new PassedDescriptors(spec.handed().firstFree());
    try {
      spec.handed().passTo(passed, spec.words());
      return passed;
    } catch (RuntimeException e) {
      passed.close();
      throw e;
    }
  }

  /** The child has opened them, or is gone. */
  public void opened() {
    if (spec.streams().inputText() != null) {
      directory.remove(input);
    }
  }

  /** Keeps what was written, and removes the files: no process has them open any more. */
  @Override
  public void close() {
    opened();
    output.seal();
  }
}
