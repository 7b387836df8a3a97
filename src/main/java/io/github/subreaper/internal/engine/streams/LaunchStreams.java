package io.github.subreaper.internal.engine.streams;

import io.github.subreaper.internal.engine.output.Output;
import io.github.subreaper.internal.engine.spawn.LaunchFailedException;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Setup;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.PosixSpawn;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.files.PassedDescriptors;
import io.github.subreaper.internal.text.PasswdFile;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The standard streams of one launch. */
public final class LaunchStreams implements AutoCloseable {
  private static final Path NULL = Path.of("/dev/null");

  /** The name of an empty file: a standard input without content. */
  private static final String CANARY = "canary";

  private final Kernel kernel;
  private final Time time;
  private final LaunchSpec spec;
  private final PrivateDirectory directory;
  private final Path input;
  private final @Nullable PipedInput piped;
  private final @Nullable Terminal terminal;
  private final Output output;
  private @Nullable Follower follower;

  /**
   * Makes what the program of a launch will open.
   *
   * @throws LaunchFailedException if its input cannot be read, or no descriptor is left
   */
  public LaunchStreams(Kernel kernel, Time time, LaunchSpec spec, PrivateDirectory directory) {
    this.kernel = kernel;
    this.time = time;
    this.directory = directory;
    this.spec = spec;
    this.output = directory.newOutput(spec.streams());
    this.piped = spec.streams().piped() ? pipe() : null;
    this.terminal = spec.streams().terminal() ? newTerminal() : null;
    this.input =
        piped != null
            ? Path.of(piped.name())
            : terminal != null ? Path.of(terminal.name()) : makeInput();
  }

  private Terminal newTerminal() {
    try {
      return new Terminal(kernel, time, spec.words(), output.stdoutFile());
    } catch (LinuxException e) {
      throw spec.failure("its terminal: " + e.getMessage());
    }
  }

  private PipedInput pipe() {
    try {
      return new PipedInput(kernel, time, spec.words());
    } catch (LinuxException e) {
      throw spec.failure("its standard input: " + e.getMessage());
    }
  }

  private Path makeInput() {
    Path file = spec.streams().inputFile();
    if (file != null) {
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw spec.failure("the standard input " + file + " is not a readable file");
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

  /**
   * Begins what this JVM does with them; before the start.
   *
   * @throws LaunchFailedException if a file of the user's cannot be written
   * @throws OutOfMemoryError if the system allows no more threads
   */
  public void begin() {
    empty(spec.streams().stdout());
    empty(spec.streams().stderr());
    Terminal its = terminal;
    if (its != null) {
      own(Path.of(its.name()));
      try {
        its.begin();
      } catch (IOException e) {
        throw spec.failure("its output cannot be written: " + e.getMessage());
      }
      output.bringBy(its::move);
    }
    if (!spec.streams().consumers().isEmpty()) {
      follower = new Follower(time, output, spec.streams().consumers(), spec.words());
    }
  }

  /** Gives the terminal to the user that the program runs as: it may open it again. */
  private void own(Path file) {
    Setup.User user = spec.setup().user();
    String name = user == null ? null : user.name();
    PasswdFile.Ids ids =
        user == null
            ? null
            : name == null ? new PasswdFile.Ids(user.uid(), user.gid()) : kernel.users().ids(name);
    try {
      if (ids != null) {
        Files.setAttribute(file, "unix:uid", ids.uid());
      }
    } catch (IOException | RuntimeException e) {
      return; // setpriv(1) says why the user cannot be changed
    }
  }

  /** Empties a regular file, or creates it. The child opens all others, which may block. */
  private void empty(@Nullable Path file) {
    if (file == null || (Files.exists(file) && !Files.isRegularFile(file))) {
      return;
    }
    try {
      new FileOutputStream(file.toFile()).close();
    } catch (IOException e) {
      throw spec.failure("its output cannot be written: " + e.getMessage());
    }
  }

  /** Returns the file that is its standard input. */
  public Path input() {
    return input;
  }

  /** Returns the input that this JVM writes; null for another. */
  public @Nullable PipedInput piped() {
    return piped;
  }

  /** Returns the terminal; null for other streams. */
  public @Nullable Terminal terminal() {
    return terminal;
  }

  public Output output() {
    return output;
  }

  /** Returns the files of standard input, output and error. */
  public List<Path> files() {
    Path stdout = terminal == null ? output.stdoutFile() : input;
    return List.of(input, stdout, spec.streams().merged() ? stdout : output.stderrFile());
  }

  /** Returns what the child opens. */
  public PosixSpawn.Streams ofChild() {
    return new PosixSpawn.Streams(
        piped == null ? input : null,
        terminal == null ? output.stdoutFile() : null,
        spec.streams().merged() ? null : output.stderrFile());
  }

  /**
   * Returns what one posix_spawn passes to its child; its caller closes it.
   *
   * @throws LaunchFailedException if a socket is closed, or no descriptor is left
   */
  public PassedDescriptors passed() {
    PassedDescriptors passed = new PassedDescriptors(spec.handed().firstFree());
    try {
      if (piped != null) {
        piped.pass(passed);
      }
      spec.handed().passTo(passed, spec.words());
      return passed;
    } catch (LinuxException e) {
      passed.close();
      throw spec.failure("its standard input: " + e.getMessage());
    } catch (RuntimeException e) {
      passed.close();
      throw e;
    }
  }

  /** The child has opened them, or is gone. */
  public void opened() {
    output.opened();
    if (spec.streams().inputText() != null) {
      directory.remove(input);
    }
    if (piped != null) {
      piped.passed();
    }
  }

  /** No process of the launch is alive: nothing is written to them any more. */
  public void over() {
    if (piped != null) {
      piped.close();
    }
    if (terminal != null) {
      terminal.close();
    }
  }

  /**
   * Keeps the end of what was written, and removes the files, also those of its working copy: no
   * process has them open any more. Consumers get all of it first.
   */
  @Override
  public void close() {
    opened();
    over();
    Follower its = follower;
    if (its != null) {
      its.end();
    }
    output.seal();
    directory.copies().remove(spec);
  }
}
