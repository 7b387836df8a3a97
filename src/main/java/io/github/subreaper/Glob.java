package io.github.subreaper;

import io.github.subreaper.internal.access.CheckReturnValue;
import io.github.subreaper.internal.engine.records.ProcessRecord;
import io.github.subreaper.internal.text.GlobMatcher;
import java.util.Objects;

/**
 * The pattern by which this library finds processes. {@code *} stands for any text, {@code ?} for
 * any one character, and a backslash takes the next character literally; nothing else is special.
 *
 * <pre>{@code
 * Glob.of("nginx: worker*").matches(worker); // by its name or its command line
 * Glob.of("sleep 60").matches(sleep);        // also if its command line is /usr/bin/sleep 60
 * Glob.of("*.conf").matches("nginx.conf");   // true
 * Glob.of("*.conf").matches("nginx.conf~");  // false: it matches the whole text or nothing
 * }</pre>
 *
 * <p>A process matches by one of three texts:
 *
 * <ul>
 *   <li>its name as {@code ps} shows it (proc_pid_comm(5)), cut by the kernel after 15 bytes
 *   <li>its command line joined by spaces, or the title that it has written over it
 *   <li>its command line with the base name in place of the first word, but only if the first word
 *       of the glob has no slash. Words end at the first space. So {@code nginx *} matches {@code
 *       /usr/sbin/nginx -c x}, and {@code *bin/nginx *} matches only whole command lines
 * </ul>
 *
 * <p>Globs do not match output: {@link Launch#awaitOutput(String)} and {@link Ready} take regular
 * expressions.
 *
 * <p>Matching never takes longer than a small multiple of the length of the text times that of the
 * glob.
 *
 * @since 0.1.0
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
   * Matches a process by its name or its command line, as described above.
   *
   * @param process a process; it may have ended
   * @return whether it matches; an unknown command line does not
   */
  public boolean matches(Descendant process) {
    return matcher.matches(process.name(), process.commandLine());
  }

  /**
   * Matches a whole text, which is taken as it is.
   *
   * @param text any text
   * @return whether all of it matches
   */
  public boolean matches(String text) {
    return matcher.matches(Objects.requireNonNull(text, "text"));
  }

  boolean matches(ProcessRecord process) {
    return matcher.matches(process.name(), process.commandLine());
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
