package io.github.subreaper.internal.engine.spawn;

import io.github.subreaper.internal.engine.output.Line;
import io.github.subreaper.internal.engine.output.OutputFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a program reads from and writes to.
 *
 * @param inputText in UTF-8; null if it is given no text
 * @param inputFile null if it is given no file
 * @param piped whether this JVM writes to its standard input
 * @param stdout the file of the user's that it writes to; null for one of this library's
 * @param stderr the same
 * @param merged whether stderr is the same as stdout
 * @param kept how many bytes of each stream are shown, and kept of an ended scope
 * @param consumers which get each line
 * @param terminal whether all three are a pseudo-terminal
 */
public record StreamSpec(
    @Nullable String inputText,
    @Nullable Path inputFile,
    boolean piped,
    @Nullable Path stdout,
    @Nullable Path stderr,
    boolean merged,
    int kept,
    List<Consumer<Line>> consumers,
    boolean terminal) {
  /** Nothing to read, and what is written goes to files of this library's. */
  public static final StreamSpec NONE =
      new StreamSpec(null, null, false, null, null, false, OutputFile.TAIL, List.of(), false);

  /** Returns one that reads a text and nothing else. */
  public StreamSpec withInput(String text) {
    return new StreamSpec(text, null, false, stdout, stderr, merged, kept, consumers, terminal);
  }

  /** Returns one that reads a file and nothing else. */
  public StreamSpec withInput(Path file) {
    return new StreamSpec(null, file, false, stdout, stderr, merged, kept, consumers, terminal);
  }

  /** Returns one that reads what this JVM writes, and nothing else. */
  public StreamSpec withPipedInput() {
    return new StreamSpec(null, null, true, stdout, stderr, merged, kept, consumers, terminal);
  }

  public StreamSpec withStdout(Path file) {
    return new StreamSpec(
        inputText, inputFile, piped, file, stderr, merged, kept, consumers, terminal);
  }

  /** Returns one whose stderr is a file and not the same as stdout. */
  public StreamSpec withStderr(Path file) {
    return new StreamSpec(
        inputText, inputFile, piped, stdout, file, false, kept, consumers, terminal);
  }

  public StreamSpec withMerged() {
    return new StreamSpec(
        inputText, inputFile, piped, stdout, null, true, kept, consumers, terminal);
  }

  public StreamSpec withKept(int bytes) {
    return new StreamSpec(
        inputText, inputFile, piped, stdout, stderr, merged, bytes, consumers, terminal);
  }

  public StreamSpec with(Consumer<Line> consumer) {
    List<Consumer<Line>> more = new ArrayList<>(consumers);
    more.add(consumer);
    return new StreamSpec(
        inputText, inputFile, piped, stdout, stderr, merged, kept, List.copyOf(more), terminal);
  }

  /** Returns one whose streams are a terminal, with no other input and no files of the user's. */
  public StreamSpec withTerminal() {
    return new StreamSpec(null, null, false, null, null, true, kept, consumers, true);
  }

  /** Returns whether a terminal would take the place of something that was asked for. */
  public boolean isPlain() {
    return inputText == null
        && inputFile == null
        && !piped
        && stdout == null
        && stderr == null
        && !merged;
  }
}
