package io.github.subreaper.assertj;

import io.github.subreaper.Descendant;
import io.github.subreaper.ExitStatus;
import io.github.subreaper.Launch;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.WaitTimeoutException;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.assertj.facts.Arguments;
import io.github.subreaper.internal.assertj.facts.Endpoint;
import io.github.subreaper.internal.assertj.facts.Executions;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.assertj.facts.Usage;
import io.github.subreaper.internal.report.text.Counts;
import io.github.subreaper.internal.secrets.Masker;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.GlobMatcher;
import io.github.subreaper.internal.text.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.error.AssertionErrorCreator;
import org.jspecify.annotations.Nullable;

/**
 * Assertions on what one launch started.
 *
 * <ul>
 *   <li>{@code exits…}, {@code listensOn…}, {@code matchesApprovedShape} and {@code …Within} wait:
 *       as long as the duration given, else as long as the scope's {@code await}. They fail as soon
 *       as they can no longer succeed.
 *   <li>{@code keepsShapeFor} and {@code isRespawnedAtMost} watch for the whole duration given,
 *       unless they fail before.
 *   <li>All others check once.
 * </ul>
 *
 * <p>An interrupt ends a wait with a {@link WaitInterruptedException}, and its flag stays set.
 *
 * @since 0.1.0
 */
public class LaunchAssert extends AbstractProcessAssert<LaunchAssert, Launch> {
  static final String FAULT =
      "(ERROR|WARNING): (Address|Leak|Memory|Thread|HWAddress)Sanitizer"
          + "|runtime error: "
          + "|^(panic|fatal error): "
          + "|^thread '.*' (\\(\\d+\\) )?panicked at "
          + "|^# A fatal error has been detected by the Java Runtime Environment";

  /**
   * Creates assertions; use {@link SubreaperAssertions#assertThat(Launch)}.
   *
   * @param actual the launch to check
   */
  public LaunchAssert(@Nullable Launch actual) {
    super(actual, LaunchAssert.class);
  }

  /**
   * Verifies that no process of the launch is alive: neither the launched process nor anything that
   * it has left behind.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("true")).exitsWith(0).hasNoProcesses();                  // passes
   * assertThat(supervisor.launch("sh", "-c", "sleep 9 &")).exitsWith(0).hasNoProcesses(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if one is alive
   */
  public LaunchAssert hasNoProcesses() {
    isNotNull();
    int size = actual.tree().size();
    if (size > 0) {
      throwAssertionError(Should.haveNoProcesses(Naming.of(actual), size, actual.describe()));
    }
    return this;
  }

  /**
   * Verifies that the launch is ready now. To wait until it is, use {@link
   * Launch#awaitReady(Ready)}.
   *
   * <pre>{@code
   * launch.awaitReady(Ready.port(5432));
   * assertThat(launch).isReady(Ready.port(5432));  // passes
   * assertThat(launch).isReady(Ready.output("x")); // fails if it has not printed that
   * }</pre>
   *
   * @param ready what ready means
   * @return this
   * @throws AssertionError if it is not; the message shows what each condition found
   * @throws IllegalArgumentException for {@link Ready#notification()} without a notify socket
   */
  public LaunchAssert isReady(Ready ready) {
    Objects.requireNonNull(ready, "ready");
    isNotNull();
    if (!actual.isReady(ready)) {
      awaited(() -> actual.awaitReady(ready, Duration.ZERO)); // whose message has the findings
    }
    return this;
  }

  /**
   * Verifies the whole stdout so far, of the launch and of all processes that inherited it. One
   * newline at the end does not matter. Call {@code exitsWith} before, so that the output is
   * complete. Of a long output this is the last mebibyte, as in all assertions on output.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("echo", "hello");
   * assertThat(launch).exitsWith(0).hasStdout("hello"); // passes
   * assertThat(launch).exitsWith(0).hasStdout("hell");  // fails
   * }</pre>
   *
   * @param expected the text
   * @return this
   * @throws AssertionError if stdout is another text
   */
  public LaunchAssert hasStdout(String expected) {
    Objects.requireNonNull(expected, "expected");
    isNotNull();
    return hasPrinted(expected, OutputCheck.ofStdout(actual));
  }

  /**
   * Verifies the whole stderr so far, of the launch and of all processes that inherited it. One
   * newline at the end does not matter. Call {@code exitsWith} before, so that the output is
   * complete.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "echo hello >&2");
   * assertThat(launch).exitsWith(0).hasStderr("hello"); // passes
   * assertThat(launch).exitsWith(0).hasStderr("");      // fails
   * }</pre>
   *
   * @param expected the text
   * @return this
   * @throws AssertionError if stderr is another text
   */
  public LaunchAssert hasStderr(String expected) {
    Objects.requireNonNull(expected, "expected");
    isNotNull();
    return hasPrinted(expected, OutputCheck.ofStderr(actual));
  }

  private LaunchAssert hasPrinted(String expected, OutputCheck output) {
    Should failure = output.is(expected);
    if (failure != null) {
      throw withComparison(failure, output.printed(), expected);
    }
    return this;
  }

  /** Carries both texts, so that an IDE shows the difference. */
  private AssertionError withComparison(Should text, String printed, String expected) {
    AssertionError plain = assertionError(text);
    AssertionError failure =
        new AssertionErrorCreator()
            .assertionError(
                plain.getMessage(),
                Masker.ofJvm().text(printed),
                Masker.ofJvm().text(expected),
                info.representation());
    failure.setStackTrace(plain.getStackTrace());
    return failure;
  }

  /**
   * Verifies that stdout so far has a line in which a regular expression is found, from the launch
   * or a process that inherited its stdout. Wait with {@code exitsWith} or {@link
   * Launch#awaitOutput} before.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "echo 'port 80: refused'");
   * assertThat(launch).exitsWith(0).hasStdoutMatching("port \\d+: refused$"); // passes
   * assertThat(launch).exitsWith(0).hasStdoutMatching("^refused");            // fails
   * }</pre>
   *
   * @param regex as in {@link Pattern}, to be found anywhere in a line; {@code ^} and {@code $} are
   *     its ends
   * @return this
   * @throws AssertionError if there is no such line
   * @throws java.util.regex.PatternSyntaxException if it is not a regular expression
   */
  public LaunchAssert hasStdoutMatching(String regex) {
    Pattern wanted = Text.regex(regex);
    isNotNull();
    return withoutFailure(OutputCheck.ofStdout(actual).hasLine(wanted));
  }

  /**
   * Verifies in how many lines of stdout so far a regular expression is found. Wait before, as for
   * {@link #hasStdoutMatching(String)}: what is printed later does not count.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "echo retry 1; echo retry 2");
   * assertThat(launch).exitsWith(0).hasStdoutMatching("^retry", 2); // passes
   * assertThat(launch).exitsWith(0).hasStdoutMatching("^retry", 0); // fails: there are 2
   * }</pre>
   *
   * @param regex as in {@link Pattern}, to be found anywhere in a line; {@code ^} and {@code $} are
   *     its ends
   * @param times exactly the number of lines; zero for none
   * @return this
   * @throws AssertionError if there are more or fewer
   * @throws IllegalArgumentException if the number is negative
   * @throws java.util.regex.PatternSyntaxException if it is not a regular expression
   */
  public LaunchAssert hasStdoutMatching(String regex, int times) {
    Pattern wanted = Text.regex(regex);
    Arguments.notNegative("times", times);
    isNotNull();
    return withoutFailure(OutputCheck.ofStdout(actual).hasLines(wanted, times));
  }

  /**
   * Verifies that stdout so far contains a text, which may span lines. Wait before, as for {@link
   * #hasStdoutMatching(String)}.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "echo 'cost: $5 (net)'");
   * assertThat(launch).exitsWith(0).hasStdoutContaining("$5 (net)"); // passes
   * assertThat(launch).exitsWith(0).hasStdoutContaining("$6");       // fails
   * }</pre>
   *
   * @param text as it is: no character has a special meaning
   * @return this
   * @throws AssertionError if it does not contain the text
   */
  public LaunchAssert hasStdoutContaining(String text) {
    Objects.requireNonNull(text, "text");
    isNotNull();
    return withoutFailure(OutputCheck.ofStdout(actual).contains(text));
  }

  /**
   * Verifies that stderr so far has a line in which a regular expression is found, from the launch
   * or a process that inherited its stderr. Wait with {@code exitsWith} or {@link
   * Launch#awaitOutput} before.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "echo 'port 80: refused' >&2");
   * assertThat(launch).exitsWith(0).hasStderrMatching("port \\d+: refused$"); // passes
   * assertThat(launch).exitsWith(0).hasStderrMatching("^refused");            // fails
   * }</pre>
   *
   * @param regex as in {@link Pattern}, to be found anywhere in a line; {@code ^} and {@code $} are
   *     its ends
   * @return this
   * @throws AssertionError if there is no such line
   * @throws java.util.regex.PatternSyntaxException if it is not a regular expression
   */
  public LaunchAssert hasStderrMatching(String regex) {
    Pattern wanted = Text.regex(regex);
    isNotNull();
    return withoutFailure(OutputCheck.ofStderr(actual).hasLine(wanted));
  }

  /**
   * Verifies in how many lines of stderr so far a regular expression is found. Wait before, as for
   * {@link #hasStderrMatching(String)}: what is printed later does not count.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "(echo retry 1; echo retry 2) >&2");
   * assertThat(launch).exitsWith(0).hasStderrMatching("^retry", 2); // passes
   * assertThat(launch).exitsWith(0).hasStderrMatching("^retry", 0); // fails: there are 2
   * }</pre>
   *
   * @param regex as in {@link Pattern}, to be found anywhere in a line; {@code ^} and {@code $} are
   *     its ends
   * @param times exactly the number of lines; zero for none
   * @return this
   * @throws AssertionError if there are more or fewer
   * @throws IllegalArgumentException if the number is negative
   * @throws java.util.regex.PatternSyntaxException if it is not a regular expression
   */
  public LaunchAssert hasStderrMatching(String regex, int times) {
    Pattern wanted = Text.regex(regex);
    Arguments.notNegative("times", times);
    isNotNull();
    return withoutFailure(OutputCheck.ofStderr(actual).hasLines(wanted, times));
  }

  /**
   * Verifies that stderr so far contains a text, which may span lines. Wait before, as for {@link
   * #hasStderrMatching(String)}.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "echo 'cost: $5 (net)' >&2");
   * assertThat(launch).exitsWith(0).hasStderrContaining("$5 (net)"); // passes
   * assertThat(launch).exitsWith(0).hasStderrContaining("$6");       // fails
   * }</pre>
   *
   * @param text as it is: no character has a special meaning
   * @return this
   * @throws AssertionError if it does not contain the text
   */
  public LaunchAssert hasStderrContaining(String text) {
    Objects.requireNonNull(text, "text");
    isNotNull();
    return withoutFailure(OutputCheck.ofStderr(actual).contains(text));
  }

  /**
   * Verifies that a process of this launch has executed such a command, execve(2): the launched
   * program, or one that was exec'd later. Scans miss what comes and goes between two of them, so
   * only a launch that is {@link Program#traced()} has them all.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch(Program.of("sh", "-c", "date").traced());
   * launch.awaitExit();
   * assertThat(launch).executed("date"); // passes
   * assertThat(launch).executed("sudo *"); // fails
   * }</pre>
   *
   * @param glob over a command line
   * @return this
   * @throws AssertionError if none has, or if the launch is not traced
   */
  public LaunchAssert executed(String glob) {
    GlobMatcher wanted = new GlobMatcher(glob);
    String what = "executed `" + wanted + "`";
    if (requireTrace(what).noneMatch(wanted::matchesCommand)) {
      throwAssertionError(Should.haveExecuted(Naming.of(actual), what, commands()));
    }
    return this;
  }

  /**
   * Verifies that processes of this launch have executed such commands one after the other. Only a
   * launch that is {@link Program#traced()} knows that.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch(Program.of("sh", "-c", "date; ls").traced());
   * launch.awaitExit();
   * assertThat(launch).executedInOrder("sh *", "date", "ls"); // passes
   * assertThat(launch).executedInOrder("ls", "date");         // fails
   * }</pre>
   *
   * @param globs over command lines; others may come between
   * @return this
   * @throws AssertionError if they have not, or if the launch is not traced
   * @throws IllegalArgumentException if there is no glob
   */
  public LaunchAssert executedInOrder(String... globs) {
    List<GlobMatcher> wanted = Stream.of(globs).map(GlobMatcher::new).toList();
    if (wanted.isEmpty()) {
      throw new IllegalArgumentException("no glob was given: name at least one");
    }
    String what =
        "executed in this order: "
            + wanted.stream().map(glob -> "`" + glob + "`").collect(Collectors.joining(", "));
    int found = 0;
    for (List<String> command : requireTrace(what).toList()) {
      if (found < wanted.size() && wanted.get(found).matchesCommand(command)) {
        found++;
      }
    }
    if (found < wanted.size()) {
      String first = "`" + wanted.get(found) + "`" + (found == 0 ? "" : " after the others");
      throwAssertionError(
          Should.haveExecuted(
              Naming.of(actual), what + "; it has not executed " + first, commands()));
    }
    return this;
  }

  /**
   * Verifies that no process of this launch has executed such a command until now. Only a launch
   * that is {@link Program#traced()} knows that.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch(Program.of("sh", "-c", "date").traced());
   * launch.awaitExit();
   * assertThat(launch).neverExecuted("sudo *"); // passes
   * assertThat(launch).neverExecuted("date");   // fails
   * }</pre>
   *
   * @param glob over a command line
   * @return this
   * @throws AssertionError if one has, or if the launch is not traced
   */
  public LaunchAssert neverExecuted(String glob) {
    GlobMatcher unwanted = new GlobMatcher(glob);
    String what = "never executed `" + unwanted + "`";
    if (requireTrace(what).anyMatch(unwanted::matchesCommand)) {
      throwAssertionError(Should.haveExecuted(Naming.of(actual), what, commands()));
    }
    return this;
  }

  /**
   * Verifies that no line of stdout or stderr matches until now, of the launch and of all processes
   * that inherited these: for faults that end no process.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "echo 'panic: x' >&2");
   * launch.awaitExit();
   * assertThat(launch).neverPrints("^ERROR");  // passes
   * assertThat(launch).neverPrints("^panic:"); // fails
   * }</pre>
   *
   * @param regex searched for in each line
   * @return this
   * @throws AssertionError if one matches, or if output was not kept
   * @throws java.util.regex.PatternSyntaxException if it is none
   */
  public LaunchAssert neverPrints(String regex) {
    return hasStdoutMatching(regex, 0).hasStderrMatching(regex, 0);
  }

  /**
   * Verifies that no line of stdout or stderr is what sanitizers and runtimes print about a fault
   * that need not end the process by a signal: AddressSanitizer and its kin, UBSan, Go, Rust and
   * the JVM.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "echo 'panic: x' >&2");
   * launch.awaitExit();
   * assertThat(launch).neverPrintsFault(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if one is, or if output was not kept
   */
  public LaunchAssert neverPrintsFault() {
    return neverPrints(FAULT);
  }

  /** Returns all command lines that its processes have executed, in order. */
  private Stream<List<String>> requireTrace(String what) {
    isNotNull();
    String why = Naming.whyInexact(actual.journal());
    if (why != null) {
      throwAssertionError(
          Should.haveExecutedTraced(Naming.of(actual), what, why, Naming.tail(actual.journal())));
    }
    return new Executions(actual).commands();
  }

  private String commands() {
    return Naming.last(new Executions(actual).lines());
  }

  /**
   * Verifies that this JVM has never adopted a process of this launch, alive or ended.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("true")).exitsWith(0).hasNoOrphans();               // passes
   * assertThat(supervisor.launch("sh", "-c", "sleep 9 &")).exitsWith(0).hasNoOrphans(); // fails
   * }</pre>
   *
   * @return this
   * @throws AssertionError if it has
   */
  public LaunchAssert hasNoOrphans() {
    isNotNull();
    List<Descendant> orphans = actual.orphans();
    if (!orphans.isEmpty()) {
      throwAssertionError(
          Should.haveNoOrphans(Naming.of(actual), Naming.withStates(orphans), actual.describe()));
    }
    return this;
  }

  /**
   * Verifies how many processes of this launch this JVM has adopted so far, alive or ended. If a
   * program forks twice, its middle process counts too if it ends after the launcher.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("sh", "-c", "sleep 9 &")).exitsWith(0).hasOrphans(1); // passes
   * assertThat(supervisor.launch("true")).exitsWith(0).hasOrphans(1);                  // fails
   * }</pre>
   *
   * @param count zero or more
   * @return this
   * @throws AssertionError if it has adopted more or fewer
   * @throws IllegalArgumentException if the number is negative
   */
  public LaunchAssert hasOrphans(int count) {
    Arguments.notNegative("count", count);
    isNotNull();
    boolean running = actual.isAlive();
    List<Descendant> orphans = actual.orphans();
    if (orphans.size() != count) {
      throwAssertionError(
          Should.haveOrphans(
              Naming.of(actual), count, Naming.withStates(orphans), running, actual.describe()));
    }
    return this;
  }

  /**
   * Verifies that the launched process itself has ended, less than this long after its start.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("true")).exitsWith(0).tookLessThan(Duration.ofMinutes(1)); // passes
   * assertThat(supervisor.launch("sleep", "1")).exitsWith(0).tookLessThan(Duration.ofMillis(9)); // fails
   * }</pre>
   *
   * @param limit more than the duration; the kernel stores a start to a hundredth of a second
   * @return this
   * @throws AssertionError if it took as long or longer, or is still running
   * @throws IllegalArgumentException if the duration is negative
   */
  public LaunchAssert tookLessThan(Duration limit) {
    Durations.notNegative("limit", limit);
    isNotNull();
    Descendant process = actual.process();
    boolean ended = process.endedAt().isPresent();
    Duration took = process.lifetime();
    if (!ended || took.compareTo(limit) >= 0) {
      throwAssertionError(
          Should.expecting(
              Naming.of(actual),
              "take less than " + Naming.of(limit),
              ended
                  ? "it took " + Naming.of(took)
                  : "after "
                      + Naming.of(took)
                      + " it is still running: wait with exitsWith(…) before",
              actual.describe()));
    }
    return this;
  }

  /**
   * Verifies how much CPU time the launched process and its orphans have used so far, in user mode
   * and in the kernel, including the children that they have waited for.
   *
   * <pre>{@code
   * assertThat(supervisor.launch("sleep", "1")).exitsWith(0).usedLessThan(Duration.ofSeconds(1)); // passes
   * assertThat(launchThatSpins).usedLessThan(Duration.ofMillis(10));                              // fails
   * }</pre>
   *
   * @param cpu the limit
   * @return this
   * @throws AssertionError if they used as much or more
   * @throws IllegalArgumentException if the duration is negative
   */
  public LaunchAssert usedLessThan(Duration cpu) {
    Durations.notNegative("cpu", cpu);
    isNotNull();
    List<Descendant> processes = launchedAndOrphans();
    Map<Descendant, Duration> used = new LinkedHashMap<>();
    processes.forEach(process -> used.put(process, Usage.cpu(process).orElse(Duration.ZERO)));
    Duration sum = used.values().stream().reduce(Duration.ZERO, Duration::plus);
    if (sum.compareTo(cpu) >= 0) {
      throwAssertionError(
          Should.useLess(
              Naming.of(actual),
              "use less CPU time than " + Naming.of(cpu),
              "it used " + Naming.of(sum),
              used.entrySet().stream()
                  .map(one -> Naming.of(one.getKey()) + ": " + Naming.of(one.getValue()))
                  .toList(),
              actual.describe()));
    }
    return this;
  }

  /**
   * Verifies the peak memory in RAM of the launched process, of its orphans, and of the children
   * that they have waited for. The kernel counts this JVM's memory at the launch as that of the
   * launched process. So once the process has ended, its own peak is known only if it exceeds that;
   * while it runs, its own memory is known.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch("sh", "-c", "sleep 1000 &");
   * assertThat(launch).exitsWith(0).peakMemoryBelow(1L << 40); // passes
   * assertThat(launch).exitsWith(0).peakMemoryBelow(1 << 10);  // fails
   * }</pre>
   *
   * @param bytes more than zero
   * @return this
   * @throws AssertionError if one of them had as much or more, or its peak is unknown
   * @throws IllegalArgumentException if it is zero or less
   */
  public LaunchAssert peakMemoryBelow(long bytes) {
    Arguments.positive("bytes", bytes);
    isNotNull();
    List<String> tooMuch = new ArrayList<>();
    for (Descendant process : launchedAndOrphans()) {
      OptionalLong peak = Usage.peakMemory(process);
      if (peak.isEmpty()) {
        tooMuch.add(
            Naming.of(process)
                + ": unknown, but less than this JVM needed at the launch"
                + " (the kernel counts that as its own)");
      } else if (peak.getAsLong() >= bytes) {
        tooMuch.add(Naming.of(process) + ": " + Counts.bytes(peak.getAsLong()));
      }
    }
    if (!tooMuch.isEmpty()) {
      throwAssertionError(
          Should.useLess(
              Naming.of(actual),
              "need less memory than " + Counts.bytes(bytes) + " at its peak",
              "it needed",
              tooMuch,
              actual.describe()));
    }
    return this;
  }

  private List<Descendant> launchedAndOrphans() {
    List<Descendant> processes = new ArrayList<>(List.of(actual.process()));
    processes.addAll(actual.orphans());
    return processes;
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
    return Access.get().options(actual.process()).await();
  }

  @Override
  Descendant process() {
    return actual.process();
  }

  @Override
  String processName() {
    return Naming.launchedBy(actual);
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
    return actual.tree().find("*");
  }

  @Override
  boolean isListening(Endpoint wanted, Duration limit) {
    try {
      tree().awaitUntil(now -> now.find("*").stream().anyMatch(wanted.isOf()), limit);
      return true;
    } catch (WaitTimeoutException e) {
      return false;
    }
  }
}
