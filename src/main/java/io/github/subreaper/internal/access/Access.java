package io.github.subreaper.internal.access;

import io.github.subreaper.Binding;
import io.github.subreaper.Descendant;
import io.github.subreaper.Journal;
import io.github.subreaper.Launch;
import io.github.subreaper.LaunchException;
import io.github.subreaper.Ports;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.Program;
import io.github.subreaper.Ready;
import io.github.subreaper.ScopeClosedException;
import io.github.subreaper.ScopeOptions;
import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.WaitInterruptedException;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.tracer.CallEvents;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What test frameworks, assertions and crash tests need beyond what a test needs: those parts of
 * the public types that are not public. Thread-safe.
 *
 * <pre>{@code
 * Access access = Access.get();
 * access.bindMethod(supervisor, testMethod); // what the test's own threads start is the test's
 * }</pre>
 */
@SuppressWarnings("exports") // the engine, for internal.crash
public abstract class Access {
  /** Only the public package can have it. It is found by name: no public type knows this one. */
  private static final String IMPLEMENTATION = "io.github.subreaper.PackageAccess";

  private static volatile @Nullable Access registered;

  protected Access() {}

  /** Returns the only one. */
  public static Access get() {
    Access present = registered;
    if (present == null) {
      load();
      present = Objects.requireNonNull(registered, IMPLEMENTATION);
    }
    return present;
  }

  private static void load() {
    try {
      Class.forName(IMPLEMENTATION, true, Access.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new NoClassDefFoundError(IMPLEMENTATION);
    }
  }

  /** For the implementation, when its class is initialized. */
  protected static void register(Access one) {
    registered = one;
  }

  /**
   * Counts what any thread starts with a method on its stack as a scope's, where several scopes are
   * open side by side and the thread is bound to none. A lambda of the method and a local or
   * anonymous class in it count as the method. A test framework calls it with the method of a test.
   * A method that was bound to two scopes, even one after the other, proves nothing.
   *
   * <p>The JDK reports which thread starts which process: by its log, from JDK 21.0.13 on, or else
   * by its flight recorder (event {@code jdk.ProcessStart}), which is read when the scope ends or
   * its processes are queried. A process that neither this nor other evidence assigns belongs to
   * the innermost scope that contains all scopes open at that time.
   *
   * @param scope that of the test
   * @param method usually that of the test
   * @return the binding; it lasts until it is closed or the scope ends
   * @throws ScopeClosedException if the scope has ended
   */
  public abstract Binding bindMethod(Supervisor scope, Method method);

  /**
   * Says which test the current thread runs. Assertions find it by that, if they keep a file for
   * each test. Threads that the test starts are not bound.
   *
   * @param test which is about to run
   * @return the binding; the thread that made it closes it, and is bound as before then
   */
  public abstract Binding bindTest(RunningTest test);

  /**
   * Returns the test that the current thread runs.
   *
   * @return as given to {@link #bindTest}; empty if the thread is not bound
   */
  public abstract Optional<RunningTest> runningTest();

  /**
   * Returns the text for {@link Descendant#origin()} that messages have: with the line that called
   * {@link ProcessBuilder#start}, if that is a library's.
   *
   * @param process of any scope
   * @return such as {@code com.acme.ToolTest.runs(ToolTest.java:81) → Tool.run(Tool.java:39)};
   *     empty if unknown
   */
  public abstract Optional<String> originText(Descendant process);

  /**
   * Returns the same without classes and methods, as a message has it after the name of a process.
   *
   * @param process of any scope
   * @return such as {@code " (started at ToolTest.java:81)"}; empty if unknown
   */
  public abstract String startedAt(Descendant process);

  /**
   * Begins to load what takes long: the JDK's flight recorder, if it is used, JNA and the classes
   * of an activation. It does so on its own thread, so that {@link Subreaper#activate} and {@link
   * #awaitOrigins}, if called later, are shorter.
   */
  public abstract void prepare();

  /**
   * Waits until the JDK reports where in the code a process is started. Its log does so at once.
   * The flight recorder, which is used where there is no such log, starts with the first scope, in
   * parallel to the tests, and takes some tenths of a second, once in a JVM. A process that is
   * started before has no {@link Descendant#origin()}.
   *
   * @param subreaper which has opened a scope
   * @param timeout zero or more
   * @return whether it reports; false if it is turned off ({@code -Dsubreaper.origin=off}), missing
   *     in this Java runtime, or not ready in time
   * @throws IllegalArgumentException if the time is negative
   * @throws IllegalStateException if the handle is closed
   * @throws WaitInterruptedException if the thread is interrupted; its flag is set
   */
  public abstract boolean awaitOrigins(Subreaper subreaper, Duration timeout);

  /**
   * Terminates what was launched in a scope and in those nested in it; in a strict scope it is
   * judged before. The scope stays open for ambient processes, and its end reports both. A
   * framework that calls this before it removes the directories of a test can judge the rest after
   * all other cleanup. Not interruptible.
   *
   * @param scope which may have ended: then there is nothing to do
   */
  public abstract void endLaunches(Supervisor scope);

  /**
   * Ends a scope as {@link Supervisor#end} does, but leaves ambient processes alive. What is left
   * belongs to the session from then on, with all that it forks, and is terminated with that at the
   * latest.
   *
   * @param scope which may have ended: then the result of that end is returned
   * @param postponed whether a process that would be a leak is not judged by this end
   * @param left whether a leak is reported now and terminated later
   * @return what was found, leaks that were left included
   */
  public abstract ScopeReport end(
      Supervisor scope, Predicate<Descendant> postponed, Predicate<Descendant> left);

  /**
   * Returns the processes that are alive in any scope of this JVM.
   *
   * @param process of one of these scopes, or of one that has ended
   * @return in the order of their first sight
   */
  public abstract List<Descendant> livingBeside(Descendant process);

  /**
   * Returns what no scope has judged: ambient processes that were born outside of all scopes, or
   * that an end has postponed.
   *
   * @param subreaper whose session is asked
   * @return those that are alive, in the order of their first sight
   */
  public abstract List<Descendant> unjudged(Subreaper subreaper);

  /**
   * Terminates processes that scopes have left, with all below them. Not interruptible. What cannot
   * be killed is reported when the session ends.
   *
   * @param subreaper whose session has them
   * @param processes the tops of their trees; others than those of the session are not touched
   */
  public abstract void terminate(Subreaper subreaper, Collection<Descendant> processes);

  /**
   * Runs an action in the library's shutdown hook, before the hook terminates what is left. Other
   * hooks run meanwhile.
   *
   * @param subreaper which is open; an action of one that is closed by then runs only while another
   *     is open in this JVM
   * @param action which should be done within seconds: build tools kill a JVM that does not end
   */
  public abstract void atShutdown(Subreaper subreaper, Runnable action);

  /**
   * Returns the directory for reports, in which guardians leave their logs: the system property
   * {@code subreaper.directory}, by default {@code target/subreaper} or {@code build/subreaper},
   * whichever parent exists, else a directory of this user and this working directory in the
   * temporary folder.
   *
   * @return an absolute path; the directory may not exist yet
   */
  public abstract Path directory();

  /**
   * Returns what an activation has logged about earlier runs whose JVM died: how it died, and what
   * became of its processes. Each of them is reported once, to the first activation after it.
   *
   * @param subreaper the activation
   * @return a line for each; empty as a rule
   */
  public abstract List<String> previousRuns(Subreaper subreaper);

  /**
   * Returns the files that the launched process got as its standard input, output and error.
   *
   * @param launch what started it
   * @return three paths
   */
  public abstract List<Path> standardStreams(Launch launch);

  /**
   * Returns what {@link Launch#stdout()} or {@link Launch#stderr()} does, for messages: nothing in
   * place of what is lost.
   *
   * @param launch what started the program
   * @param isError whether it is about stderr
   * @return empty also if other code has removed the file
   */
  public abstract String output(Launch launch, boolean isError);

  /**
   * Returns how many bytes of an output were not kept: those before the text that {@link
   * Launch#stdout()} or {@link Launch#stderr()} returns.
   *
   * @param launch what started the program
   * @param isError whether it is about stderr
   * @return 0 if that text is all of it
   */
  public abstract long notKept(Launch launch, boolean isError);

  /**
   * Returns the TCP addresses and unix sockets that a process listens on now, and that had no
   * listener when the launched process ended. This JVM reads that list shortly after the end, so a
   * socket that was opened in between is missing here.
   *
   * @param launch what started it
   * @param process of this launch
   * @return empty if unknown: without {@link Program#withCanaries()}, or while the launched process
   *     runs
   */
  public abstract Optional<List<String>> listenersAfterReturn(Launch launch, Descendant process);

  /**
   * Returns whether {@link Ports} has reserved a port in this JVM: another run gets another one.
   *
   * @param port of TCP or UDP
   * @return false also if another JVM has reserved it
   */
  public abstract boolean isReserved(int port);

  /**
   * Says that the test expects the status with which a process ended: then that is no crash.
   *
   * @param process which has ended
   */
  public abstract void expectEnd(Descendant process);

  /**
   * Returns how a process ended, for messages: its status, and what sent the signal that ended it,
   * if a trace shows that and it was not this JVM.
   *
   * @param process alive or ended
   * @return such as {@code "killed by SIGTERM from 4711 (sh stop.sh)"}; empty as long as {@link
   *     Descendant#exitStatus()} is
   */
  public abstract Optional<String> describeEnd(Descendant process);

  /**
   * Returns the entries of a journal, also those that concern no process. They are read one by one.
   *
   * @param journal such as a scope's
   * @return in order; unless it is read to its end, it has to be closed
   */
  public abstract Stream<JournalEntry> entries(Journal journal);

  /**
   * Returns the options of the scope that a process belongs to.
   *
   * @param process of any scope
   * @return the defaults if it belongs to none
   */
  public abstract ScopeOptions options(Descendant process);

  /**
   * Returns the scopes that may have started a process, if tests run in parallel and no evidence
   * shows which of them did. Such a process is in the innermost scope that they share.
   *
   * @param process such as a leak
   * @return their names; empty if its scope is known
   */
  public abstract List<String> possibleScopes(Descendant process);

  /** Returns whether a launch has a terminal, {@link Program#withTerminal()}. */
  public abstract boolean hasTerminal(Launch launch);

  /**
   * Returns the crashes that {@link Supervisor#expectsCrash} expects and that have not come.
   *
   * @param report of the end of the scope, which may be clean
   * @return a glob for each, and the line that expects it, such as {@code nginx* (expected at
   *     NginxTest.java:41)}. One that may have come is missing: a process that matches has an
   *     unknown status, or processes may have been missed
   */
  public abstract List<String> absentCrashes(ScopeReport report);

  /**
   * Returns the processes of a tree whose parent was this JVM.
   *
   * @param tree any
   * @return by pid, each with what was below it
   */
  public abstract List<SnapshotNode> nodes(ProcessTree tree);

  /** Describes a tree now, and what is known of its processes, for failure messages. */
  public abstract String describe(ProcessTree tree);

  /**
   * Returns the canaries that a launched program found around it.
   *
   * @param launch what started the program
   * @return empty without {@link Program#withCanaries()}
   */
  public abstract Optional<Canaries> canaries(Launch launch);

  /**
   * Returns why a journal is not exact, and what to do about that, for messages.
   *
   * @param journal such as a launch's
   * @return a sentence or two; empty if {@link Journal#isExact()} is true
   */
  public abstract Optional<String> whyInexact(Journal journal);

  /**
   * Returns whether a list of the processes of a scope may lack some, for messages that count them:
   * the machine started more processes at a time than could be read, and no trace reported them.
   *
   * @param scope such as that of a test
   * @return false if none is missing that lived for some tenths of a second
   */
  public abstract boolean mayMissProcesses(Supervisor scope);

  /**
   * Returns the exception for a wait of an assertion library that an interrupt has ended. Leaves
   * the thread's flag as it is.
   *
   * @param message what was waited for
   * @param cause null for none
   * @return to be thrown while the thread's flag is set
   */
  public abstract WaitInterruptedException interrupted(String message, @Nullable Throwable cause);

  /**
   * Returns the exception for an unsupported system, with advice that only the framework can give.
   *
   * @param cause what the library has thrown
   * @param advice a line that follows its message
   * @return to be thrown; its cause is the one given
   */
  public abstract UnsupportedSystemException withAdvice(
      UnsupportedSystemException cause, String advice);

  /** Returns the exception for a system on which something is impossible. */
  public abstract UnsupportedSystemException unsupported(String message);

  /** Returns the exception for a program that cannot be started. */
  public abstract LaunchException launchFailed(String reason, Throwable cause);

  /** Returns what does the work of an activation. */
  public abstract Engine engine(Subreaper subreaper);

  /** Returns how a program is started. */
  public abstract LaunchSpec spec(Program program);

  /** Returns when a program is ready, if that was said of it. */
  public abstract Optional<Ready> ready(Program program);

  /** Returns the program, which will crash at one of the points, or only list them. */
  public abstract Program crashing(Program program, CallEvents points);

  /** Returns whether no process of a launch is left, not even a zombie. */
  public abstract boolean isGone(Launch launch);

  /** Returns why the trace of a launch has failed; null if it has not. */
  public abstract @Nullable Throwable traceFailure(Launch launch);
}
