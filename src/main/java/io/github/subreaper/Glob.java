package io.github.subreaper;

import io.github.subreaper.internal.engine.ProcessRecord;
import io.github.subreaper.internal.engine.text.GlobMatcher;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The pattern by which this library finds processes. {@code *} stands for any text, {@code ?} for
 * any one character, and a backslash takes the next character literally; nothing else is special.
 *
 * <pre>{@code
 * Glob.of("nginx: worker*").matches(worker); // by its name or its command line
 * Glob.of("*.conf").matches("nginx.conf");   // true
 * Glob.of("*.conf").matches("nginx.conf~");  // false: it matches the whole text or nothing
 * }</pre>
 *
 * <p>Matching never takes longer than the length of the text times that of the glob.
 */
@CheckReturnValue
public final class Glob {
  private final GlobMatcher matcher;

  private Glob(String text) {
    this.matcher = new GlobMatcher(text);
  }

  /**
   * Reads a glob. Every text is one.
   *
   * @param glob such as {@code "nginx*"}
   * @return the glob
   */
  public static Glob of(String glob) {
    return new Glob(Objects.requireNonNull(glob, "glob"));
  }

  /**
   * Matches a process by its name as {@code ps} shows it (proc(5), {@code comm}), or by its command
   * line joined by blanks.
   *
   * @param process a process; it may have ended
   * @return whether one of the two matches; an unknown command line does not
   */
  public boolean matches(Descendant process) {
    return matches(process.name(), process.commandLine());
  }

  /**
   * Matches a whole text.
   *
   * @param text any text
   * @return whether all of it matches
   */
  public boolean matches(String text) {
    return matcher.matches(text);
  }

  boolean matches(ProcessRecord process) {
    return matches(process.name(), process.commandLine());
  }

  boolean matches(String name, List<String> commandLine) {
    return matcher.matches(name, commandLine);
  }

  /**
   * Returns the one text that a glob without wildcards matches.
   *
   * @return that text, without its escapes; empty if the glob has a wildcard
   */
  public Optional<String> literal() {
    return Optional.ofNullable(matcher.literal());
  }

  /**
   * Returns the glob as it was written.
   *
   * @return with its escapes
   */
  @Override
  public String toString() {
    return matcher.toString();
  }
}
