package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Glob;
import io.github.subreaper.ProcessDetails;
import io.github.subreaper.ProcessEvent;
import io.github.subreaper.ProcessNotReadableException;
import io.github.subreaper.ProcessState;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.assertj.facts.Arguments;
import io.github.subreaper.internal.assertj.facts.Endpoint;
import io.github.subreaper.internal.assertj.facts.FileIdentity;
import io.github.subreaper.internal.assertj.facts.Hint;
import io.github.subreaper.internal.assertj.facts.LocalUsers;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.assertj.facts.Polling;
import io.github.subreaper.internal.assertj.facts.Usage;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.text.Durations;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on a process.
 *
 * <ul>
 *   <li>{@code exits…}, {@code listensOn…}, {@code hasChildren}, {@code matchesApprovedShape} and
 *       {@code …Within} wait: as long as the duration given, else as long as the scope's {@code
 *       await}. They fail as soon as they can no longer succeed.
 *   <li>{@code keepsShapeFor} and {@code isRespawnedAtMost} watch for the whole duration given,
 *       unless they fail before.
 *   <li>All others check once.
 * </ul>
 *
 * <p>An interrupt ends a wait with a {@link WaitInterruptedException}, and its flag stays set.
 *
 * @since 0.1.0
 */
public class DescendantAssert extends AbstractProcessAssert<DescendantAssert, Descendant> {
  /**
   * Creates assertions; use {@link SubreaperAssertions#assertThat(Descendant)}.
   *
   * @param actual the process to check
   */
  public DescendantAssert(@Nullable Descendant actual) {
    super(actual, DescendantAssert.class);
  }

  /**
   * Verifies that this JVM has adopted the process. It may be alive or ended.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "sleep 1000 &");
   * assertThat(launch.awaitOrphan()).isOrphan(); // passes
   * assertThat(launch.process()).isOrphan();     // fails: it was launched
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it has not been adopted
   */
  public DescendantAssert isOrphan() {
    isNotNull();
    if (!actual.isOrphan()) {
      String parent = actual.parent().map(Naming::of).orElse("this JVM itself, or not seen");
      throwAssertionError(Should.beOrphan(Naming.of(actual), parent, actual.describe()));
    }
    return this;
  }

  /**
   * Verifies the name of the process as {@code ps} shows it, or its command line joined by spaces.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("sleep", "1000").process();
   * assertThat(sleep).hasName("sleep");   // passes
   * assertThat(sleep).hasName("sleep *"); // passes: the command line
   * assertThat(sleep).hasName("nginx*");  // fails
   * }</pre>
   *
   * @param glob as {@link Glob} reads it: {@code *}, {@code ?} and nothing else
   * @return this
   * @throws AssertionError if neither matches
   */
  public DescendantAssert hasName(String glob) {
    Glob wanted = Glob.of(glob);
    isNotNull();
    if (!wanted.matches(actual)) {
      throwAssertionError(
          Should.haveName(
              Naming.of(actual),
              glob,
              Naming.commandLine(actual),
              Hint.forGlob(glob, other -> Glob.of(other).matches(actual)),
              actual.describe()));
    }
    return this;
  }

  /**
   * Waits until the process has this number of living children, for the scope's {@code await} at
   * most. The wait ends early if the process ends.
   *
   * <pre>{@code
   * Descendant sh = supervisor.launch("sh", "-c", "sleep 1000 & sleep 1000 & wait").process();
   * assertThat(sh).hasChildren(2); // passes, perhaps after a while
   * assertThat(sh).hasChildren(3); // fails after the scope's await
   * }</pre>
   *
   * @param count zero or more
   * @return this
   * @throws AssertionError if it does not have them in time, or ends before
   * @throws IllegalArgumentException if the number is negative
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert hasChildren(int count) {
    Arguments.notNegative("count", count);
    isNotNull();
    return waitsForChildren(Access.get().options(actual).await(), count);
  }

  /**
   * Waits until the process has this number of living children. The wait ends early if the process
   * ends.
   *
   * <pre>{@code
   * Descendant sh = supervisor.launch("sh", "-c", "sleep 1000 & sleep 1000 & wait").process();
   * assertThat(sh).hasChildrenWithin(Duration.ofSeconds(5), 2); // passes
   * assertThat(sh).hasChildrenWithin(Duration.ofSeconds(5), 3); // fails after 5 s
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @param count zero or more
   * @return this
   * @throws AssertionError if it does not have them in time, or ends before
   * @throws IllegalArgumentException if the duration or the number is negative
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert hasChildrenWithin(Duration limit, int count) {
    Durations.notNegative("limit", limit);
    Arguments.notNegative("count", count);
    isNotNull();
    return waitsForChildren(limit, count);
  }

  private DescendantAssert waitsForChildren(Duration limit, int count) {
    boolean has =
        polled(
            limit,
            count + " children of " + Naming.of(actual),
            () -> actual.children().size() == count);
    if (!has) {
      throwAssertionError(
          actual.isAlive()
              ? Should.haveChildren(
                  Naming.of(actual),
                  count,
                  limit,
                  Naming.withStates(actual.children()),
                  actual.describe())
              : Should.haveChildrenBeforeItsEnd(
                  Naming.of(actual), count, Naming.state(actual), actual.describe()));
    }
    return this;
  }

  /**
   * Waits until another process has replaced this one: a process of the same name, below the same
   * parent, born after this one ended.
   *
   * <pre>{@code
   * Descendant worker = master.children().get(0);
   * worker.signal(Signal.KILL);
   * assertThat(worker).isRespawnedWithin(Duration.ofSeconds(5)); // passes if the master does it
   * assertThat(master).isRespawnedWithin(Duration.ofSeconds(5)); // fails: it is still alive
   * }</pre>
   *
   * @param limit the longest wait; zero checks once
   * @return this
   * @throws AssertionError if it is not replaced in time, or can no longer be
   * @throws IllegalArgumentException if the duration is negative
   * @throws WaitInterruptedException if the thread is interrupted
   */
  public DescendantAssert isRespawnedWithin(Duration limit) {
    Durations.notNegative("limit", limit);
    isNotNull();
    awaited(() -> actual.awaitRespawn(limit));
    return this;
  }

  /**
   * Verifies the whole command line, element by element: the name by which the program was called,
   * and its arguments. A program may write a title over it, as nginx does.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("sleep", "1000").process();
   * assertThat(sleep).hasCommandLine("sleep", "1000"); // passes
   * assertThat(sleep).hasCommandLine("sleep 1000");    // fails: these are two elements
   * }</pre>
   *
   * @param elements all of them, in order
   * @return this
   * @throws AssertionError if the command line is another one, or unknown
   */
  public DescendantAssert hasCommandLine(String... elements) {
    isNotNull();
    return hasElements("command line", List.of(elements), actual.commandLine());
  }

  /**
   * Verifies the arguments, element by element, without the name by which the program was called.
   *
   * <pre>{@code
   * Descendant sh = supervisor.launch("sh", "-c", "sleep 1000; true").process();
   * assertThat(sh).hasArguments("-c", "sleep 1000; true"); // passes
   * assertThat(sh).hasArguments("-c", "sleep", "1000");    // fails, and shows the first difference
   * }</pre>
   *
   * @param arguments all of them, in order
   * @return this
   * @throws AssertionError if the arguments are others, or unknown
   */
  public DescendantAssert hasArguments(String... arguments) {
    isNotNull();
    List<String> commandLine = actual.commandLine();
    return hasElements(
        "arguments",
        List.of(arguments),
        commandLine.subList(Math.min(1, commandLine.size()), commandLine.size()));
  }

  private DescendantAssert hasElements(String what, List<String> expected, List<String> found) {
    if (actual.commandLine().isEmpty()) {
      return fail(Should.elements(what, expected), Should.NO_COMMAND_LINE);
    }
    return found.equals(expected)
        ? this
        : fail(Should.elements(what, expected), Should.difference(expected, found));
  }

  /**
   * Verifies which file the process executes, or executed last. For a script that is the
   * interpreter.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("sleep", "1000").process();
   * assertThat(sleep).hasExecutable(Path.of("/usr/bin/sleep")); // passes, through symbolic links too
   * assertThat(sleep).hasExecutable(Path.of("/usr/bin/true"));  // fails
   * }</pre>
   *
   * @param file the file; a relative path starts from this JVM's directory
   * @return this
   * @throws AssertionError if it executes another file, or that is unknown
   */
  public DescendantAssert hasExecutable(Path file) {
    Objects.requireNonNull(file, "file");
    isNotNull();
    Optional<Path> found = actual.executable();
    return found.filter(path -> FileIdentity.areSame(path, file)).isPresent()
        ? this
        : fail("execute " + file, "it executes " + known(found));
  }

  /**
   * Verifies the working directory of the process, or the last one that was seen.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch(Program.of("sleep", "9").withDirectory(dir)).process();
   * assertThat(sleep).hasWorkingDirectory(dir);         // passes
   * assertThat(sleep).hasWorkingDirectory(Path.of("/")); // fails
   * }</pre>
   *
   * @param directory the directory; a relative path starts from this JVM's directory
   * @return this
   * @throws AssertionError if the directory is another one, or unknown
   */
  public DescendantAssert hasWorkingDirectory(Path directory) {
    Objects.requireNonNull(directory, "directory");
    isNotNull();
    Optional<Path> found = actual.workingDirectory();
    return found.filter(path -> FileIdentity.areSame(path, directory)).isPresent()
        ? this
        : fail("have the working directory " + directory, "it is " + known(found));
  }

  private static String known(Optional<Path> path) {
    return path.map(Path::toString)
        .map(Naming::printable)
        .orElse("unknown: the process died before it could be read, or may not be read");
  }

  /**
   * Verifies which user the process acts as, by its effective user id.
   *
   * <pre>{@code
   * assertThat(worker).runsAs("www-data"); // passes if it has given up its rights
   * assertThat(master).runsAs("www-data"); // fails: root
   * }</pre>
   *
   * @param user a name of {@code /etc/passwd}, or a number
   * @return this
   * @throws AssertionError if the user is another one, or the process has ended
   */
  public DescendantAssert runsAs(String user) {
    Objects.requireNonNull(user, "user");
    return has(
        "run as " + user,
        "user",
        details -> details,
        details -> details.user().equals(user) || uidOf(details).filter(user::equals).isPresent(),
        details ->
            userOf(details)
                + LocalUsers.missing(user).map(reason -> "\n(" + reason + ")").orElse(""));
  }

  private static String userOf(ProcessDetails details) {
    return "it runs as "
        + details.user()
        + uidOf(details).map(uid -> " (uid " + uid + ")").orElse("");
  }

  private static Optional<String> uidOf(ProcessDetails details) {
    OptionalInt uid = details.effectiveUid();
    return uid.isEmpty() ? Optional.empty() : Optional.of(Integer.toUnsignedString(uid.getAsInt()));
  }

  /**
   * Verifies which process forked this one. The parent may be alive or ended.
   *
   * <pre>{@code
   * assertThat(worker).hasParent(master);           // passes
   * assertThat(master).hasParent(launch.process()); // fails if a process between the two forked it
   * }</pre>
   *
   * @param parent the parent
   * @return this
   * @throws AssertionError if it is another process, or was not seen
   */
  public DescendantAssert hasParent(Descendant parent) {
    Objects.requireNonNull(parent, "parent");
    isNotNull();
    Optional<Descendant> found = actual.parent();
    return found.filter(parent::equals).isPresent()
        ? this
        : fail(
            "have the parent " + Naming.of(parent),
            "it is " + found.map(Naming::of).orElse("this JVM itself, or not seen"));
  }

  /**
   * Verifies that the process leads its session, setsid(2).
   *
   * <pre>{@code
   * Descendant daemon = supervisor.launch("sh", "-c", "setsid sleep 1000 &").awaitOrphan();
   * assertThat(daemon).isSessionLeader();                                    // passes
   * assertThat(supervisor.launch("sleep", "9").process()).isSessionLeader(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it does not, or that is unknown
   */
  public DescendantAssert isSessionLeader() {
    isNotNull();
    OptionalInt session = actual.sessionId();
    return isSelf(session)
        ? this
        : fail("lead its session", "its session is that of pid " + number(session));
  }

  /**
   * Verifies that the process is in the session of another one, setsid(2).
   *
   * <pre>{@code
   * assertThat(worker).isInSessionOf(master);           // passes
   * assertThat(master).isInSessionOf(launch.process()); // fails for a daemon
   * }</pre>
   *
   * @param other the other process
   * @return this
   * @throws AssertionError if it is not, or that is unknown
   */
  public DescendantAssert isInSessionOf(Descendant other) {
    Objects.requireNonNull(other, "other");
    isNotNull();
    OptionalInt session = actual.sessionId();
    OptionalInt others = other.sessionId();
    return session.isPresent() && session.equals(others)
        ? this
        : fail(
            "be in the session of " + Naming.of(other) + ", which is " + number(others),
            "its session is " + number(session));
  }

  /**
   * Verifies that the process leads its process group, setpgid(2).
   *
   * <pre>{@code
   * assertThat(daemon).isProcessGroupLeader();                                    // passes
   * assertThat(supervisor.launch("sleep", "9").process()).isProcessGroupLeader(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it does not, or that is unknown
   */
  public DescendantAssert isProcessGroupLeader() {
    isNotNull();
    OptionalInt group = actual.processGroupId();
    return isSelf(group)
        ? this
        : fail("lead its process group", "its process group is that of pid " + number(group));
  }

  private boolean isSelf(OptionalInt pid) {
    return pid.isPresent() && pid.getAsInt() == actual.pid();
  }

  private static String number(OptionalInt value) {
    return value.isEmpty() ? "unknown" : String.valueOf(value.getAsInt());
  }

  /**
   * Verifies a variable of the environment with which the process was started.
   *
   * <pre>{@code
   * Program program = Program.of("sleep", "9").withEnvironment("MODE", "test");
   * Descendant sleep = supervisor.launch(program).process();
   * assertThat(sleep).hasEnvironmentVariable("MODE", "test"); // passes
   * assertThat(sleep).hasEnvironmentVariable("MODE", "prod"); // fails
   * }</pre>
   *
   * @param name of the variable
   * @param value the whole value
   * @return this
   * @throws AssertionError if the variable has another value or none, the environment may not be
   *     read, or the process has ended
   */
  public DescendantAssert hasEnvironmentVariable(String name, String value) {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(value, "value");
    return has(
        "have the environment variable " + Naming.printable(name + "=" + value),
        "environment",
        ProcessDetails::environment,
        variables -> value.equals(variables.get(name)),
        variables ->
            variables.containsKey(name)
                ? "it is " + Naming.printable(name + "=" + variables.get(name))
                : "it has none of that name, of "
                    + variables.size()
                    + "\n(some programs write their title over their environment)");
  }

  /**
   * Verifies that the environment with which the process was started lacks a variable.
   *
   * <pre>{@code
   * assertThat(daemon).doesNotHaveEnvironmentVariable("SECRET"); // passes
   * assertThat(daemon).doesNotHaveEnvironmentVariable("PATH");   // fails
   * }</pre>
   *
   * @param name of the variable
   * @return this
   * @throws AssertionError if it has the variable, the environment may not be read, or the process
   *     has ended
   */
  public DescendantAssert doesNotHaveEnvironmentVariable(String name) {
    Objects.requireNonNull(name, "name");
    return has(
        "have no environment variable " + Naming.printable(name),
        "environment",
        ProcessDetails::environment,
        variables -> !variables.containsKey(name),
        variables -> "it is " + Naming.printable(name + "=" + variables.get(name)));
  }

  /**
   * Verifies that the process has a file, directory or device open.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("sleep", "1000").process();
   * assertThat(sleep).hasOpenFile(Path.of("/dev/null"));   // passes: its standard input
   * assertThat(sleep).hasOpenFile(Path.of("/etc/passwd")); // fails, and shows what it has open
   * }</pre>
   *
   * @param file the file; a relative path starts from this JVM's directory
   * @return this
   * @throws AssertionError if it does not, its descriptors may not be read, or it has ended
   */
  public DescendantAssert hasOpenFile(Path file) {
    Objects.requireNonNull(file, "file");
    return has(
        "have " + Naming.printable(file.toString()) + " open",
        "open files",
        ProcessDetails::openFiles,
        files -> !FileIdentity.openAt(file, files).isEmpty(),
        files -> Should.descriptors("it has open", files));
  }

  /**
   * Verifies that the process does not have a file, directory or device open.
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("sleep", "1000").process();
   * assertThat(sleep).doesNotHaveOpenFile(Path.of("/etc/passwd")); // passes
   * assertThat(sleep).doesNotHaveOpenFile(Path.of("/dev/null"));   // fails: its standard input
   * }</pre>
   *
   * @param file the file; a relative path starts from this JVM's directory
   * @return this
   * @throws AssertionError if it does, its descriptors may not be read, or it has ended
   */
  public DescendantAssert doesNotHaveOpenFile(Path file) {
    Objects.requireNonNull(file, "file");
    return has(
        "not have " + Naming.printable(file.toString()) + " open",
        "open files",
        ProcessDetails::openFiles,
        files -> FileIdentity.openAt(file, files).isEmpty(),
        files -> Should.descriptors("it has", FileIdentity.openAt(file, files)));
  }

  /**
   * Verifies how many threads the process has.
   *
   * <pre>{@code
   * assertThat(sleep).hasThreads(1); // passes
   * assertThat(sleep).hasThreads(2); // fails
   * }</pre>
   *
   * @param count at least one
   * @return this
   * @throws AssertionError if it has more or fewer, or has ended
   * @throws IllegalArgumentException if the number is below one
   */
  public DescendantAssert hasThreads(int count) {
    Arguments.positive("count", count);
    return has(
        "have " + Should.count(count, "thread", "threads"),
        "threads",
        ProcessDetails::threads,
        threads -> threads == count,
        threads -> "it has " + threads);
  }

  /**
   * Verifies that the process has at most this number of threads.
   *
   * <pre>{@code
   * assertThat(memcached).hasThreadsAtMost(10); // passes
   * assertThat(memcached).hasThreadsAtMost(2);  // fails
   * }</pre>
   *
   * @param count at least one
   * @return this
   * @throws AssertionError if it has more, or has ended
   * @throws IllegalArgumentException if the number is below one
   */
  public DescendantAssert hasThreadsAtMost(int count) {
    Arguments.positive("count", count);
    return has(
        "have " + Should.count(count, "thread", "threads") + " at most",
        "threads",
        ProcessDetails::threads,
        threads -> threads <= count,
        threads -> "it has " + threads);
  }

  /**
   * Verifies how much memory of the process is in RAM, including pages that it shares with others.
   *
   * <pre>{@code
   * assertThat(redis).usesMemoryBelow(64 << 20); // passes
   * assertThat(redis).usesMemoryBelow(1 << 10);  // fails
   * }</pre>
   *
   * @param bytes more than zero
   * @return this
   * @throws AssertionError if it is as much or more, or the process has ended
   * @throws IllegalArgumentException if it is zero or less
   */
  public DescendantAssert usesMemoryBelow(long bytes) {
    Arguments.positive("bytes", bytes);
    return has(
        "use less memory than " + Counts.bytes(bytes),
        "memory",
        details -> details.residentMemoryBytes().orElse(0),
        resident -> resident < bytes,
        resident -> Counts.bytes(resident) + " of it are resident");
  }

  /**
   * Verifies how much CPU time the process has used so far, in user mode and in the kernel. While
   * it is alive its children do not count; after its end those count that it has waited for,
   * getrusage(2).
   *
   * <pre>{@code
   * assertThat(sleep).usedLessThan(Duration.ofSeconds(1));   // passes
   * assertThat(spinning).usedLessThan(Duration.ofMillis(1)); // fails
   * }</pre>
   *
   * @param cpu the limit
   * @return this
   * @throws AssertionError if it used as much or more, or has ended and its parent has reaped it,
   *     not this JVM: then its CPU time is unknown
   * @throws IllegalArgumentException if the duration is negative
   */
  public DescendantAssert usedLessThan(Duration cpu) {
    Durations.notNegative("cpu", cpu);
    isNotNull();
    Optional<Duration> used = Usage.cpu(actual);
    return used.filter(time -> time.compareTo(cpu) < 0).isPresent()
        ? this
        : fail(
            "use less CPU time than " + Naming.of(cpu),
            used.map(time -> "it used " + Naming.of(time))
                .orElse(
                    "that is unknown: it has ended, and the kernel reports it only to the"
                        + " process that reaps it"));
  }

  /**
   * Verifies a soft limit, which is the one that the kernel enforces; setrlimit(2).
   *
   * <pre>{@code
   * assertThat(daemon).hasLimit("nofile", 1024); // passes
   * assertThat(daemon).hasLimit("core", 1024);   // fails: 0
   * }</pre>
   *
   * @param resource as {@code prlimit(1)} calls it: {@code "nofile"}, {@code "nproc"}, {@code
   *     "core"}, {@code "as"}, {@code "stack"}, …
   * @param soft in bytes, seconds or another unit, as the limit counts
   * @return this
   * @throws AssertionError if the limit is another one or unlimited, or the process has ended
   * @throws IllegalArgumentException if there is no such limit, or the number is negative
   */
  public DescendantAssert hasLimit(String resource, long soft) {
    Objects.requireNonNull(resource, "resource");
    Arguments.notNegative("soft", soft);
    return has(
        "have the limit " + resource + " " + soft,
        "limits",
        details -> details.limit(resource),
        limit -> limit.soft().equals(OptionalLong.of(soft)),
        limit -> "it is " + limit);
  }

  /**
   * Verifies that a soft limit is unlimited; setrlimit(2).
   *
   * <pre>{@code
   * assertThat(daemon).hasNoLimit("as");     // passes
   * assertThat(daemon).hasNoLimit("nofile"); // fails: a number of descriptors is always limited
   * }</pre>
   *
   * @param resource as {@code prlimit(1)} calls it
   * @return this
   * @throws AssertionError if the limit is set, or the process has ended
   * @throws IllegalArgumentException if there is no such limit
   */
  public DescendantAssert hasNoLimit(String resource) {
    Objects.requireNonNull(resource, "resource");
    return has(
        "have no limit " + resource,
        "limits",
        details -> details.limit(resource),
        limit -> limit.soft().isEmpty(),
        limit -> "it is " + limit);
  }

  /**
   * Verifies that the process ignores a signal, as a program below nohup(1) ignores SIGHUP.
   *
   * <pre>{@code
   * assertThat(daemon).ignores(Signal.PIPE); // passes
   * assertThat(daemon).ignores(Signal.TERM); // fails: it has a handler
   * }</pre>
   *
   * @param signal the signal
   * @return this
   * @throws AssertionError if it does not, or has ended
   */
  public DescendantAssert ignores(Signal signal) {
    Objects.requireNonNull(signal, "signal");
    return has(
        "ignore " + signal,
        "signal dispositions",
        details -> details,
        details -> details.ignoredSignals().contains(signal),
        details -> disposition(signal, details));
  }

  /**
   * Verifies that the process has a handler for a signal.
   *
   * <pre>{@code
   * assertThat(nginx).catches(Signal.HUP); // passes: it reloads its configuration
   * assertThat(sleep).catches(Signal.HUP); // fails: it would be killed
   * }</pre>
   *
   * @param signal the signal
   * @return this
   * @throws AssertionError if it has not, or has ended
   */
  public DescendantAssert catches(Signal signal) {
    Objects.requireNonNull(signal, "signal");
    return has(
        "catch " + signal,
        "signal dispositions",
        details -> details,
        details -> details.caughtSignals().contains(signal),
        details -> disposition(signal, details));
  }

  private static String disposition(Signal signal, ProcessDetails details) {
    return details.ignoredSignals().contains(signal)
        ? "it ignores it"
        : details.caughtSignals().contains(signal)
            ? "it has a handler for it"
            : "its disposition is the default; signal(7)";
  }

  /**
   * Verifies that the first thread of the process blocks a signal, which then stays pending.
   *
   * <pre>{@code
   * assertThat(daemon).blocks(Signal.HUP); // passes if it reads signals from a signalfd(2)
   * assertThat(sleep).blocks(Signal.HUP);  // fails
   * }</pre>
   *
   * @param signal the signal
   * @return this
   * @throws AssertionError if it does not, or has ended
   */
  public DescendantAssert blocks(Signal signal) {
    Objects.requireNonNull(signal, "signal");
    return has(
        "block " + signal,
        "signal mask",
        ProcessDetails::blockedSignals,
        blocked -> blocked.contains(signal),
        blocked -> "it blocks " + (blocked.isEmpty() ? "no signal" : join(blocked)));
  }

  private static String join(Set<Signal> signals) {
    return signals.stream().map(Signal::toString).collect(Collectors.joining(", "));
  }

  /**
   * Verifies that a signal has reached the process: a test that sent it, another process or the
   * kernel. Only a launch that is {@link Program#traced()} knows that.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch(Program.of("sh", "-c", "kill -USR1 $$").traced());
   * launch.awaitExit();
   * assertThat(launch.process()).received(Signal.USR1); // passes
   * assertThat(launch.process()).received(Signal.HUP);  // fails
   * }</pre>
   *
   * @param signal which one
   * @return this
   * @throws AssertionError if it has not, or if the process is not traced
   */
  public DescendantAssert received(Signal signal) {
    isNotNull();
    Objects.requireNonNull(signal, "signal");
    List<Signal> all =
        actual.journal().events().stream()
            .filter(ProcessEvent.Signaled.class::isInstance)
            .map(event -> ((ProcessEvent.Signaled) event).signal())
            .distinct()
            .toList();
    String why = Naming.whyInexact(actual.journal());
    if (why != null) {
      throwAssertionError(
          Should.haveExecutedTraced(
              Naming.of(actual), "received " + signal, why, Naming.tail(actual.journal())));
    }
    if (!all.contains(signal)) {
      String signals =
          all.isEmpty()
              ? "none"
              : all.stream().map(Signal::toString).collect(Collectors.joining(", "));
      throwAssertionError(
          Should.haveReceived(Naming.of(actual), signal, signals, Naming.tail(actual.journal())));
    }
    return this;
  }

  /**
   * Verifies the nice value of the process; setpriority(2).
   *
   * <pre>{@code
   * Descendant sleep = supervisor.launch("nice", "-n", "5", "sleep", "1000").process();
   * assertThat(sleep).hasNice(5); // passes, where the JVM's own value is 0
   * assertThat(sleep).hasNice(0); // fails
   * }</pre>
   *
   * @param nice from -20 to 19
   * @return this
   * @throws AssertionError if the value is another one, or the process has ended
   */
  public DescendantAssert hasNice(int nice) {
    return has(
        "have the nice value " + nice,
        "nice value",
        ProcessDetails::nice,
        found -> found == nice,
        found -> "it is " + found);
  }

  /**
   * Verifies the file mode creation mask of the process; umask(2). Needs Linux 4.7.
   *
   * <pre>{@code
   * assertThat(daemon).hasUmask(0);   // passes if it follows daemon(7)
   * assertThat(daemon).hasUmask(027); // fails
   * }</pre>
   *
   * @param umask such as 022, in octal
   * @return this
   * @throws AssertionError if the mask is another one or unknown, or the process has ended
   */
  public DescendantAssert hasUmask(int umask) {
    return has(
        "have the umask " + Naming.octal(umask),
        "umask",
        ProcessDetails::umask,
        found -> found.equals(OptionalInt.of(umask)),
        found ->
            "it is "
                + (found.isEmpty()
                    ? "unknown: needs Linux 4.7"
                    : Naming.octal(found.getAsInt()) + Hint.forOctal(umask, found.getAsInt())));
  }

  /**
   * Verifies what the process is doing.
   *
   * <pre>{@code
   * assertThat(sleep).hasState(ProcessState.SLEEPING); // passes
   * assertThat(sleep).hasState(ProcessState.STOPPED);  // fails
   * }</pre>
   *
   * @param state the state of its first thread
   * @return this
   * @throws AssertionError if the state is another one, or the process has ended
   */
  public DescendantAssert hasState(ProcessState state) {
    Objects.requireNonNull(state, "state");
    return has(
        "be " + Naming.of(state),
        "state",
        ProcessDetails::state,
        found -> found == state,
        found -> "it is " + Naming.of(found));
  }

  /**
   * Verifies that the process started less than this long ago, and is alive.
   *
   * <pre>{@code
   * assertThat(sleep).isYoungerThan(Duration.ofHours(1));   // passes
   * assertThat(sleep).isYoungerThan(Duration.ofNanos(1));   // fails
   * }</pre>
   *
   * @param limit more than the age; the kernel stores a start to a hundredth of a second
   * @return this
   * @throws AssertionError if it is older, or has ended
   * @throws IllegalArgumentException if the duration is negative
   */
  public DescendantAssert isYoungerThan(Duration limit) {
    Durations.notNegative("limit", limit);
    return has(
        "be younger than " + Naming.of(limit),
        "age",
        ProcessDetails::age,
        age -> age.compareTo(limit) < 0,
        age -> "it is " + Naming.of(age) + " old");
  }

  /**
   * Verifies that the process keeps the conventions of daemon(7) and daemon(3), one by one; see
   * {@link Convention}. Most real daemons break one or another: waive those. Some conventions can
   * be tested only if the program was launched {@linkplain
   * io.github.subreaper.Program#withCanaries() with canaries}; without them they are not tested,
   * and the message says so.
   *
   * <pre>{@code
   * Program program = Program.of("my-daemon").withCanaries();
   * Descendant daemon = supervisor.launch(program).awaitOrphan();
   * assertThat(daemon).isDaemonized(Convention.UMASK);                 // passes if that is all
   * assertThat(supervisor.launch("sleep", "9").process()).isDaemonized(); // fails: same session, …
   * }</pre>
   *
   * @param except the conventions that are waived
   * @return this
   * @throws AssertionError if it breaks a convention that is not waived, or has ended
   */
  public DescendantAssert isDaemonized(Convention... except) {
    return keeps(Set.copyOf(List.of(except)), null, false);
  }

  /**
   * Verifies the same as {@link #isDaemonized(Convention...)}, and that the pid file names this
   * very process and was written before the launcher returned.
   *
   * <pre>{@code
   * assertThat(nginx).isDaemonized(dir.resolve("nginx.pid"), Convention.NO_INHERITED_DESCRIPTORS); // passes
   * assertThat(nginx).isDaemonized(dir.resolve("other.pid")); // fails: it does not exist
   * }</pre>
   *
   * @param pidFile the file into which it should have written its pid; relative to its launch's
   *     directory
   * @param except the conventions that are waived
   * @return this
   * @throws AssertionError if it breaks a convention that is not waived, or has ended
   */
  public DescendantAssert isDaemonized(Path pidFile, Convention... except) {
    return keeps(Set.copyOf(List.of(except)), Objects.requireNonNull(pidFile, "pidFile"), false);
  }

  /**
   * Verifies the same as {@link #isDaemonized(Convention...)}, but looks again until it holds. A
   * socket that opens after the launcher has returned, which is a race in most daemons, is no
   * failure if it opens in time.
   *
   * <pre>{@code
   * assertThat(redis).isDaemonizedWithin(Duration.ofSeconds(5)); // passes if it listens 0.03 s late
   * }</pre>
   *
   * @param limit how long it may take
   * @param except the conventions that are waived
   * @return this
   * @throws AssertionError if it breaks a convention that is not waived, or has ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if the duration is negative
   */
  public DescendantAssert isDaemonizedWithin(Duration limit, Convention... except) {
    return keepsWithin(limit, Set.copyOf(List.of(except)), null);
  }

  /**
   * Verifies the same as {@link #isDaemonized(Path, Convention...)}, but looks again until it
   * holds. A pid file that is written, or a socket that opens, after the launcher has returned is
   * no failure if it comes in time.
   *
   * <pre>{@code
   * assertThat(redis).isDaemonizedWithin(Duration.ofSeconds(5), dir.resolve("redis.pid"));
   * }</pre>
   *
   * @param limit how long it may take
   * @param pidFile the file into which it should have written its pid; relative to its launch's
   *     directory
   * @param except the conventions that are waived
   * @return this
   * @throws AssertionError if it breaks a convention that is not waived, or has ended
   * @throws WaitInterruptedException on an interrupt
   * @throws IllegalArgumentException if the duration is negative
   */
  public DescendantAssert isDaemonizedWithin(Duration limit, Path pidFile, Convention... except) {
    return keepsWithin(
        limit, Set.copyOf(List.of(except)), Objects.requireNonNull(pidFile, "pidFile"));
  }

  private DescendantAssert keepsWithin(
      Duration limit, Set<Convention> except, @Nullable Path pidFile) {
    isNotNull();
    Durations.notNegative("limit", limit);
    boolean unused =
        polled(
            limit,
            "to be daemonized",
            () ->
                actual.isAlive() && Daemonization.check(actual, pidFile, true).failed(except) == 0);
    return keeps(except, pidFile, true);
  }

  private DescendantAssert keeps(
      Set<Convention> except, @Nullable Path pidFile, boolean mayBeLate) {
    isNotNull();
    Daemonization found;
    try {
      found = Daemonization.check(actual, pidFile, mayBeLate);
    } catch (ProcessNotReadableException e) {
      return fail("be daemonized", e.reason());
    }
    if (found.failed(except) > 0) {
      String file = pidFile == null ? "" : "pidFile, ";
      throwAssertionError(
          Should.beDaemonized(
              Naming.of(actual),
              found.failed(except),
              found.tested(except),
              found.lines(except),
              (mayBeLate ? "" : found.race(except)),
              file + found.waiver(except),
              actual.describe()));
    }
    return this;
  }

  private boolean polled(Duration limit, String what, BooleanSupplier condition) {
    return Polling.until(what, limit, condition, () -> !actual.isAlive());
  }

  /** Reads proc(5) now. Fails if the process has ended, or may not be read. */
  private <T> DescendantAssert has(
      String to,
      String what,
      Function<ProcessDetails, T> value,
      Predicate<T> holds,
      Function<T, String> but) {
    isNotNull();
    T found;
    try {
      found = value.apply(actual.details());
    } catch (ProcessNotReadableException e) {
      String lost = actual.isAlive() ? "" : "; its " + what + " can't be read any more";
      return fail(to, e.reason() + lost);
    }
    return holds.test(found) ? this : fail(to, but.apply(found));
  }

  private DescendantAssert fail(String to, String but) {
    throw failure(to, but);
  }

  @Override
  ProcessTree tree() {
    return actual.tree();
  }

  @Override
  String subject() {
    return Naming.of(actual);
  }

  @Override
  String evidence() {
    return actual.describe();
  }

  @Override
  Duration await() {
    return Access.get().options(actual).await();
  }

  @Override
  Descendant process() {
    return actual;
  }

  @Override
  String processName() {
    return subject();
  }

  @Override
  ExitStatus awaitExit(Duration limit) {
    return actual.awaitExit(limit);
  }

  @Override
  List<Descendant> awaitRespawns(int count, Duration limit) {
    return actual.awaitRespawns(count, limit);
  }

  @Override
  List<Descendant> processes() {
    return actual.isAlive() ? List.of(actual) : List.of();
  }

  @Override
  boolean isListening(Endpoint wanted, Duration limit) {
    return polled(limit, subject() + " on " + wanted.where(), () -> wanted.isOf().test(actual));
  }
}
