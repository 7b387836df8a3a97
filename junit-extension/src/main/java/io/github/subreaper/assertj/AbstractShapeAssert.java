package io.github.subreaper.assertj;

import io.github.subreaper.Glob;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.WaitInterruptedException;
import java.time.Duration;
import java.util.Objects;
import org.assertj.core.api.AbstractAssert;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on which processes there are, and which is the child of which.
 *
 * <ul>
 *   <li>{@code hasShapeWithin} waits as long as the duration given, {@code matchesApprovedShape} at
 *       most as long as the scope's {@code await}. They fail as soon as they can no longer succeed.
 *   <li>{@code keepsShapeFor} watches for the whole duration given, unless it fails before.
 *   <li>{@code hasShape} checks once.
 * </ul>
 *
 * <p>Of a {@link ProcessTreeAssert}, {@code hasShape} checks the snapshot. The others take new
 * snapshots of the same scope, launch or process.
 *
 * @param <SELF> the class of the assertions
 * @param <ACTUAL> the class of what they check
 * @since 0.1.0
 */
public abstract class AbstractShapeAssert<SELF extends AbstractShapeAssert<SELF, ACTUAL>, ACTUAL>
    extends AbstractAssert<SELF, ACTUAL> {

  AbstractShapeAssert(@Nullable ACTUAL actual, Class<?> self) {
    super(actual, self);
  }

  /** Returns the tree now; of a snapshot, the snapshot. */
  abstract ProcessTree tree();

  private ProcessTree treeIfNotNull() {
    isNotNull();
    return tree();
  }

  /**
   * Verifies which processes were alive, and which is the child of which. A failure prints the tree
   * as a pattern, and marks what differs.
   *
   * <p>A pattern has one line for a process, or for several that look the same. Blank lines do not
   * count. An empty pattern means that no process is alive.
   *
   * <table>
   * <caption>What a line may say</caption>
   * <tr><th scope="col">write</th><th scope="col">means</th></tr>
   * <tr><td>{@code sleep 1000}</td>
   *     <td>a process with this name or command line, and no child. It is a {@link
   *     Glob}: {@code *} stands for any text, {@code ?} for any one
   *     character</td></tr>
   * <tr><td>indentation</td>
   *     <td>a child begins further to the right than its parent; siblings begin in the same column,
   *     in any order. What {@code ps f} draws there ({@code \_} and {@code |}) counts as
   *     indentation</td></tr>
   * <tr><td>{@code worker {2}}</td>
   *     <td>exactly this number of processes, each with the children below the line</td></tr>
   * <tr><td>{@code worker {1,4}}</td><td>from this number to that one</td></tr>
   * <tr><td>{@code worker {2,}}</td><td>this number or more</td></tr>
   * <tr><td>{@code ...}</td>
   *     <td>alone on a line: any other siblings too, with all below them. A number among such
   *     siblings is the least one</td></tr>
   * <tr><td>{@code daemon [orphan]}</td><td>this JVM has adopted it</td></tr>
   * <tr><td>{@code daemon [session leader]}</td><td>it leads its session</td></tr>
   * <tr><td>{@code sleep 9 [stopped]}</td><td>a signal or a tracer has stopped it</td></tr>
   * <tr><td>{@code worker [uid=nobody]}</td>
   *     <td>its real user now, by name or number; {@code *} is any</td></tr>
   * <tr><td>{@code daemon [cwd=/srv/*]}</td>
   *     <td>its working directory now: a glob</td></tr>
   * <tr><td>{@code redis* [listens=6379]}</td>
   *     <td>it itself listens on this TCP port now</td></tr>
   * <tr><td>{@code agent [listens=/run/*.sock]}</td>
   *     <td>it itself listens on this unix socket now: a path or a glob, {@code @name} if
   *     abstract</td></tr>
   * <tr><td>{@code sh {2} [orphan, cwd=/]}</td>
   *     <td>several attributes. Others are not checked. The number may come before or after
   *     them</td></tr>
   * <tr><td>{@code echo \* \[ \\}</td>
   *     <td>{@code \} makes any punctuation character an ordinary one. It is needed before {@code *},
   *     {@code ?}, {@code \} and {@code ←}, before <code>]</code> and <code>&#125;</code> at the end of
   *     a command line, before a comma in an attribute, and before {@code |} as the first
   *     word</td></tr>
   * <tr><td>{@code a\n\t\x1b\x{202e}\x20}</td>
   *     <td>newline, tab, and characters by their number; {@code \x20} is a space at the start or
   *     end</td></tr>
   * <tr><td>{@code ''}</td><td>an empty name or command line</td></tr>
   * <tr><td>{@code \...}</td><td>a process with the name {@code ...}</td></tr>
   * <tr><td>{@code sh  ← remark}</td>
   *     <td>a comment: everything from {@code ←} on, such as the marks of a failure</td></tr>
   * </table>
   *
   * <pre>{@code
   * assertThat(supervisor.tree()).hasShape("sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor.tree()).hasShape("sh -c *\n  sleep");     // fails: there are two of them
   * }</pre>
   *
   * @param pattern lines as above; {@link ProcessTree#quote} makes one of any text
   * @return this
   * @throws AssertionError if the tree has another shape
   * @throws IllegalArgumentException if the text is not a pattern; the message has line and column
   */
  public SELF hasShape(String pattern) {
    return withoutFailure(ShapeCheck.now(pattern, this::treeIfNotNull));
  }

  /**
   * Waits until the processes have the shape, and stops waiting once no process is left that could
   * change the tree.
   *
   * <pre>{@code
   * assertThat(supervisor.tree()).hasShapeWithin(Duration.ofSeconds(5), "sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor.tree()).hasShapeWithin(Duration.ofSeconds(5), "nginx");                 // fails
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @param pattern as for {@link #hasShape}
   * @return this
   * @throws AssertionError if they do not have the shape in time, or no longer can; the message
   *     shows the last tree
   * @throws IllegalArgumentException if the duration is negative, or the text is not a pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF hasShapeWithin(Duration limit, String pattern) {
    return withoutFailure(ShapeCheck.within(limit, pattern, this::treeIfNotNull));
  }

  /**
   * Checks the tree again and again, and verifies that the processes have the shape each time. It
   * may miss what comes and goes between two checks. It stops early once no process is left that
   * could change the tree.
   *
   * <pre>{@code
   * assertThat(supervisor.tree()).keepsShapeFor(Duration.ofSeconds(2), "sh -c *\n  sleep {2}"); // passes
   * assertThat(supervisor.tree()).keepsShapeFor(Duration.ofSeconds(2), "sh -c *");                // fails at once
   * }</pre>
   *
   * @param time how long to watch; zero checks once
   * @param pattern as for {@link #hasShape}
   * @return this
   * @throws AssertionError at the first check that finds another shape; the message shows that tree
   * @throws IllegalArgumentException if the duration is negative, or the text is not a pattern
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF keepsShapeFor(Duration time, String pattern) {
    return withoutFailure(ShapeCheck.lasting(time, pattern, this::treeIfNotNull));
  }

  /**
   * Verifies that the processes have the shape in the file of the test, which you have reviewed and
   * committed: {@code src/test/resources/<package>/NginxTest.starts.shape} below the working
   * directory, for the method {@code starts}. The file is a pattern as for {@link #hasShape}.
   *
   * <pre>{@code
   * launch.awaitReady(Ready.port(8080));
   * assertThat(launch.tree()).matchesApprovedShape(); // the first time it writes the file, and fails
   * }</pre>
   *
   * <ul>
   *   <li><b>A missing file</b> is written, and the assertion fails: review it and commit it. A
   *       build service never writes; it is known by its environment variable {@code CI} (or {@code
   *       CONTINUOUS_INTEGRATION}, {@code GITHUB_ACTIONS}, {@code GITLAB_CI}, {@code TF_BUILD},
   *       {@code TEAMCITY_VERSION}, {@code JENKINS_URL}, {@code BUILD_NUMBER}); {@code CI=false}
   *       says that it is none.
   *   <li><b>A difference</b> fails. {@code -Dsubreaper.approve=true}, also a configuration
   *       parameter of JUnit, approves it: the file is rewritten, and the assertion passes. Lines
   *       that still match stay as they are, with their wildcards, numbers and remarks.
   *   <li><b>It waits:</b> a tree is often not complete at the first look. So it looks again until
   *       the tree has the shape, or has had the same other shape for 1 s; at most as long as the
   *       scope's {@code await}.
   *   <li><b>What is written</b> for a process: its command line with the base name of its program;
   *       {@code orphan}, {@code stopped}; {@code uid=} if it is not the user of this JVM; {@code
   *       listens=} for each TCP port and unix socket. Equal processes are one line with a number.
   *       {@code *} is in place of what varies: the working, home and Java directory; a temporary
   *       directory with the name below it; UUIDs and hexadecimal numbers from 16 digits on; pids
   *       of the tree; numbers from 32768 on, and those of the machine's {@code
   *       ip_local_port_range}. TCP ports of these numbers are not written. A port of {@link
   *       io.github.subreaper.Ports} is {@code *} in a command line, and {@code listens=*}.
   *   <li><b>What is compared</b>: as {@link #hasShape} does, and another user or socket of a
   *       process fails if its line does not name it. {@code [uid=*]} allows any user, and {@code
   *       [listens=*]} any sockets, but at least one.
   *   <li><b>The test</b> is the one that {@code @SubreaperTest} runs: its class, even if it
   *       inherits the method, and the method, also a lifecycle method. All parameter sets,
   *       repetitions and dynamic tests of a method have the same file, unless they have names. In
   *       other threads and without the extension it is the nearest method on the stack outside of
   *       the libraries: call it in the test method itself. There, only the system property
   *       approves.
   * </ul>
   *
   * @return this
   * @throws AssertionError if there was no file, or the tree has another shape
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF matchesApprovedShape() {
    return withoutFailure(ApprovedShape.check(null, this::treeIfNotNull));
  }

  /**
   * Does the same as {@link #matchesApprovedShape()} with one of several shapes of a test: its file
   * is {@code NginxTest.starts.<name>.shape}.
   *
   * <pre>{@code
   * assertThat(launch.tree()).matchesApprovedShape("before the reload");
   * launch.signal(Signal.HUP);
   * assertThat(launch.tree()).matchesApprovedShape("after the reload");
   * }</pre>
   *
   * @param name a part of the file's name
   * @return this
   * @throws AssertionError if there was no file, or the tree has another shape
   * @throws IllegalArgumentException if the name is blank or has a character that not every file
   *     system allows, such as a slash
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public SELF matchesApprovedShape(String name) {
    return withoutFailure(
        ApprovedShape.check(Objects.requireNonNull(name, "name"), this::treeIfNotNull));
  }

  final SELF withoutFailure(@Nullable Should failure) {
    if (failure != null) {
      throwAssertionError(failure);
    }
    return myself;
  }
}
