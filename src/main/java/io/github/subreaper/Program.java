package io.github.subreaper;

import io.github.subreaper.internal.access.CheckReturnValue;
import io.github.subreaper.internal.engine.spawn.Environment;
import io.github.subreaper.internal.engine.spawn.LaunchSpec;
import io.github.subreaper.internal.engine.spawn.ListenFds;
import io.github.subreaper.internal.engine.spawn.Setup;
import io.github.subreaper.internal.engine.spawn.StreamSpec;
import io.github.subreaper.internal.engine.tracer.CallEvents;
import io.github.subreaper.internal.linux.proc.ResourceLimits;
import io.github.subreaper.internal.secrets.Masker;
import io.github.subreaper.internal.text.Durations;
import io.github.subreaper.internal.text.Text;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What to launch, and how. Immutable: each {@code with…} returns a changed copy.
 *
 * <pre>{@code
 * Program server = Program.of("my-server", "--port", "8080")
 *     .withDirectory(directory)
 *     .withEnvironment("MODE", "test")
 *     .withTimeout(Duration.ofMinutes(1));
 * Launch launch = supervisor.launch(server);
 * }</pre>
 *
 * <p>The program is found as {@link ProcessBuilder} finds it: in the JVM's {@code PATH}, or, if the
 * name has a slash, relative to the launch's directory. It gets the JVM's environment with the
 * requested changes, the three standard streams and no other descriptor but {@linkplain #withSocket
 * those that it is handed}, and default signal dispositions.
 *
 * @since 0.1.0
 */
@CheckReturnValue
public final class Program {
  /** Stands for no limit in {@link #withLimit}. */
  public static final long UNLIMITED = -1;

  /** FDNAME_MAX of sd_listen_fds_with_names(3). */
  private static final int LONGEST_NAME = 255;

  private static final String TERMINAL_IS_ALL =
      "a terminal is the input and the output of a program. To fix: withTerminal() without another"
          + " input, output file or merged streams";

  private static final int MOST_KEPT = 1 << 30;

  private final LaunchSpec spec;
  private final Optional<Ready> ready;

  private Program(LaunchSpec spec, Optional<Ready> ready) {
    this.spec = spec;
    this.ready = ready;
  }

  /**
   * Returns a program with the JVM's environment and directory, and {@code /dev/null} as its input.
   *
   * @param command the program and its arguments
   * @return the program
   * @throws IllegalArgumentException if the command is empty or contains a NUL
   */
  public static Program of(String... command) {
    Objects.requireNonNull(command, "command");
    if (command.length == 0 || word(command, 0).isEmpty()) {
      throw new IllegalArgumentException("the command is empty: name a program to launch");
    }
    for (int i = 0; i < command.length; i++) {
      requireNoNul("argument " + i, word(command, i));
    }
    return new Program(new LaunchSpec(List.of(command), Signal.TERM.number()), Optional.empty());
  }

  private static String word(String[] command, int index) {
    return Objects.requireNonNull(
        command[index], () -> "word " + (index + 1) + " of the command is null");
  }

  /**
   * Returns a program as {@link #of(String...)} does.
   *
   * @param command the program and its arguments
   * @return the program
   * @throws IllegalArgumentException if the command is empty or contains a NUL
   */
  public static Program of(List<String> command) {
    return of(Objects.requireNonNull(command, "command").toArray(String[]::new));
  }

  /**
   * Returns a program that is a certain file, which is not searched in the {@code PATH}.
   *
   * @param program the file; as with every path, a relative one is relative to the directory of
   *     this JVM. Its absolute path is the first word of the command line
   * @param arguments its arguments
   * @return the program
   * @throws IllegalArgumentException if the path is empty, or an argument contains a NUL
   */
  public static Program of(Path program, String... arguments) {
    Objects.requireNonNull(program, "program");
    boolean empty = program.toString().isEmpty();
    return of(empty ? "" : program.toAbsolutePath().toString()).withArguments(arguments);
  }

  /**
   * Sets the arguments, in place of all that the program had. The program itself stays.
   *
   * @param arguments its arguments, without the program
   * @return a changed copy
   * @throws IllegalArgumentException if one contains a NUL
   */
  public Program withArguments(String... arguments) {
    Objects.requireNonNull(arguments, "arguments");
    List<String> changed = new ArrayList<>(List.of(spec.command().get(0)));
    for (int i = 0; i < arguments.length; i++) {
      String argument = Objects.requireNonNull(arguments[i], "arguments[" + i + "]");
      requireNoNul("argument " + (i + 1), argument);
      changed.add(argument);
    }
    return with(spec.withCommand(changed));
  }

  private static void requireNoNul(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          what
              + " contains a NUL character, which would end it there: \""
              + text.replace("\0", "\\0")
              + "\"");
    }
  }

  /**
   * Sets one variable of the environment.
   *
   * @param name without {@code =}
   * @param value its value
   * @return a changed copy
   * @throws IllegalArgumentException if the name is empty or contains {@code =}, or either contains
   *     a NUL
   */
  public Program withEnvironment(String name, String value) {
    return withEnvironment(Collections.singletonMap(Objects.requireNonNull(name, "name"), value));
  }

  /**
   * Sets variables of the environment and leaves the others as they are.
   *
   * @param variables names and values
   * @return a changed copy
   * @throws IllegalArgumentException as for one variable
   */
  public Program withEnvironment(Map<String, String> variables) {
    Objects.requireNonNull(variables, "variables");
    variables.forEach(
        (name, value) -> {
          requireVariableName(name);
          Objects.requireNonNull(
              value,
              () ->
                  "the value of "
                      + name
                      + " is null. To fix: remove a variable by withoutEnvironment(\""
                      + name
                      + "\")");
          requireNoNul("the value of " + name, value);
        });
    Masker.learn(variables);
    return with(spec.environment().with(variables));
  }

  /**
   * Removes variables from the environment.
   *
   * @param names of the variables
   * @return a changed copy
   * @throws IllegalArgumentException if a name is empty or contains {@code =} or a NUL
   */
  public Program withoutEnvironment(String... names) {
    for (String name : Objects.requireNonNull(names, "names")) {
      requireVariableName(name);
    }
    return with(spec.environment().without(List.of(names)));
  }

  /**
   * Removes all variables of the JVM from the environment, {@code PATH} and {@code HOME} too. Those
   * that are set with {@link #withEnvironment(Map)} stay, whether before or after this call. {@link
   * #withNotifySocket()} still adds {@code NOTIFY_SOCKET}. Where this library cannot tag processes
   * otherwise, as {@link Subreaper#capabilities()} shows, it still adds {@code SUBREAPER_TAG}. The
   * program itself is found in the JVM's {@code PATH} all the same.
   *
   * @return a changed copy
   */
  public Program withCleanEnvironment() {
    return with(spec.environment().clean());
  }

  private Program with(Environment changed) {
    return with(spec.with(changed));
  }

  private Program with(Setup changed) {
    return with(spec.with(changed));
  }

  private Program with(LaunchSpec changed) {
    return new Program(changed, ready);
  }

  private static void requireVariableName(String name) {
    Objects.requireNonNull(name, "the name of a variable is null");
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw new IllegalArgumentException(
          "a variable needs a name without '=', not \"" + name + "\"");
    }
    requireNoNul("the name of a variable", name);
  }

  /**
   * Starts the program in a directory.
   *
   * @param directory which must exist at the launch
   * @return a changed copy
   */
  public Program withDirectory(Path directory) {
    requireNoNul("the directory", Objects.requireNonNull(directory, "directory").toString());
    return with(spec.in(directory));
  }

  /**
   * Starts each launch in a copy of a directory that only it has, such as that of a database that
   * was initialised once. {@link Launch#directory()} is the copy. It is removed when the scope of
   * the launch ends. Modes and times are those of the original, symbolic links are copied as links,
   * and sockets, FIFOs and devices are left out. If root starts it, the owners stay too, but with
   * {@link #withUser(String)} all of the copy belongs to that user. The launch takes as long as
   * copying takes.
   *
   * <pre>{@code
   * Program postgres = Program.of("postgres", "-D", ".").withWorkingCopyOf(initialised);
   * }</pre>
   *
   * @param directory which must exist at the launch, and must not change during it
   * @return a changed copy
   * @throws IllegalArgumentException if it is the root directory, or an empty path
   */
  public Program withWorkingCopyOf(Path directory) {
    requireNoNul("the directory", Objects.requireNonNull(directory, "directory").toString());
    if (directory.toString().isEmpty()
        || directory.toAbsolutePath().normalize().getNameCount() == 0) {
      throw new IllegalArgumentException(
          "all of " + directory.toAbsolutePath() + " would be copied: name a prepared directory");
    }
    return with(spec.inCopyOf(directory));
  }

  /**
   * Gives the program a text to read.
   *
   * @param text in UTF-8, followed by the end of the input
   * @return a changed copy
   */
  public Program withStandardInput(String text) {
    return with(spec.with(streams().withInput(Objects.requireNonNull(text, "text"))));
  }

  /**
   * Gives the program a file to read. If it is a FIFO, fifo(7), the launch waits until a process
   * opens it for writing, as {@link ProcessBuilder} does: as long as the scope's {@code await}, and
   * 10 s at least. An interrupt or the end of the scope cancels the launch.
   *
   * @param file which must exist at the launch
   * @return a changed copy
   */
  public Program withStandardInput(Path file) {
    requireNoNul("the input file", Objects.requireNonNull(file, "file").toString());
    return with(spec.with(streams().withInput(file)));
  }

  /**
   * Has this JVM write the program's standard input: {@link Launch#stdin()}. It is a pipe(7), whose
   * end the program reads when that writer is closed, or when its scope ends.
   *
   * <pre>{@code
   * Launch sort = supervisor.launch(Program.of("sort").withPipedInput());
   * try (Writer input = sort.stdin()) {
   *   input.write("b\na\n");
   * }
   * sort.awaitExit();
   * System.out.println(sort.stdout());
   * }</pre>
   *
   * @return a changed copy, which has no other input
   */
  public Program withPipedInput() {
    return with(spec.with(streams().withPipedInput()));
  }

  /**
   * Passes a consumer each line of the output while the program runs, from the launched process and
   * any that inherited its streams. {@link Launch#stdout()} and waits for lines work as without it.
   *
   * <pre>{@code
   * Program server = Program.of("my-server").withOutput(line -> System.out.println(line.text()));
   * }</pre>
   *
   * <p>The consumer runs on a thread of this launch, one line at a time: stdout and stderr each in
   * order, but not to each other. A slow consumer delays neither the program nor other launches,
   * and no line is lost meanwhile. A line longer than 1 MiB comes in pieces. If the consumer
   * throws, that is logged once, and it gets the later lines all the same.
   *
   * <p>The end of the scope waits until the consumer has taken all lines, for 60 s at most and not
   * after a line that takes it more than 5 s. What it has not taken by then is lost, and a warning
   * is logged. A consumer that itself ends the scope gets the rest afterwards.
   *
   * @param consumer in addition to earlier ones
   * @return a changed copy
   */
  public Program withOutput(Consumer<? super OutputLine> consumer) {
    Objects.requireNonNull(consumer, "consumer");
    return with(spec.with(spec.streams().with(line -> consumer.accept(new OutputLine(line)))));
  }

  /**
   * Writes stdout to a file that stays after the end. {@link Launch#stdout()} and waits for lines
   * read it.
   *
   * @param file which the launch creates or empties; relative to the directory of this JVM
   * @return a changed copy. A launch of it throws a {@link LaunchException} if the file cannot be
   *     written
   */
  public Program withStandardOutput(Path file) {
    requireNoNul("the output file", Objects.requireNonNull(file, "file").toString());
    return with(spec.with(streams().withStdout(file)));
  }

  /**
   * Writes stderr to a file that stays after the end, as {@link #withStandardOutput}. It may be the
   * same file. It undoes {@link #withMergedStreams()}.
   *
   * @param file which the launch creates or empties; relative to the directory of this JVM
   * @return a changed copy
   */
  public Program withStandardError(Path file) {
    requireNoNul("the output file", Objects.requireNonNull(file, "file").toString());
    return with(spec.with(streams().withStderr(file)));
  }

  /**
   * Makes stderr the same as stdout, as {@code 2>&1} does in a shell: {@link Launch#stdout()} has
   * both in the order in which they were written, and {@link Launch#stderr()} is empty.
   *
   * @return a changed copy
   */
  public Program withMergedStreams() {
    return with(spec.with(streams().withMerged()));
  }

  /**
   * Chooses how much of its output {@link Launch#stdout()} and {@link Launch#stderr()} return: so
   * many bytes of the end of each, in place of 1 MiB. After the end of the scope they are in
   * memory, as long as the launch is.
   *
   * @param bytes from 1 to 1 GiB
   * @return a changed copy
   * @throws IllegalArgumentException if it is outside that range
   */
  public Program withKeptOutput(int bytes) {
    if (bytes < 1 || bytes > MOST_KEPT) {
      throw new IllegalArgumentException("the bytes to be kept are 1 to 1073741824, not " + bytes);
    }
    return with(spec.with(spec.streams().withKept(bytes)));
  }

  /**
   * Runs the program on a pseudo-terminal, pty(7), as if a user had logged in and started it: it
   * leads a session of its own, the terminal controls it, and is its three standard streams. {@link
   * Launch#terminal()} types, resizes and hangs up. The signals that terminals send have their
   * default, though this JVM may ignore them (nohup).
   *
   * <pre>{@code
   * Launch shell = supervisor.launch(Program.of("sh").withTerminal());
   * shell.terminal().write("my-daemon\n");
   * Descendant daemon = supervisor.awaitDescendant("my-daemon");
   * shell.terminal().hangUp(); // the user logs out
   * assertThat(daemon.isAlive()).isTrue();
   * }</pre>
   *
   * <p>A daemon that is launched itself, as by {@code ssh -t host my-daemon}, leads the session:
   * when its first process exits, the kernel hangs up, and sends SIGHUP to each process that has
   * not called setsid(2) by then. Below a shell, as here, only {@code hangUp()} does.
   *
   * <p>{@link Launch#stdout()} is what a user would see: the output of both streams and the echo of
   * what is typed, without {@code \r}. The end of the scope hangs up when it has terminated the
   * launch. {@code TERM} in the environment stays as it is. An interactive shell ignores SIGTERM,
   * so {@code withStopSignal(Signal.HUP)} spares its end the grace.
   *
   * @return a changed copy
   * @throws IllegalStateException if it was given another input or output, as this excludes {@link
   *     #withStandardInput(String)}, {@link #withPipedInput()}, {@link #withStandardOutput}, {@link
   *     #withStandardError} and {@link #withMergedStreams()}
   */
  public Program withTerminal() {
    if (!spec.streams().terminal() && !spec.streams().isPlain()) {
      throw new IllegalStateException(TERMINAL_IS_ALL);
    }
    return with(spec.with(spec.streams().withTerminal()));
  }

  /** Returns the streams, to be changed, unless they are a terminal. */
  private StreamSpec streams() {
    if (spec.streams().terminal()) {
      throw new IllegalStateException(TERMINAL_IS_ALL);
    }
    return spec.streams();
  }

  /**
   * Chooses the signal that asks its processes to end, the launched one and all below it, before
   * SIGKILL. {@link ScopeOptions#grace()} describes when each gets it. If this JVM dies, the
   * guardian sends it to the topmost of those that are left, and SIGKILL after two seconds.
   *
   * @param signal in place of SIGTERM
   * @return a changed copy
   */
  public Program withStopSignal(Signal signal) {
    return with(spec.withStopSignal(Objects.requireNonNull(signal, "signal").number()));
  }

  /**
   * Limits how long the launched process itself may run. After that time the whole launch is
   * stopped and {@link Launch#awaitExit()} throws a {@link WaitTimeoutException}.
   *
   * @param limit more than zero
   * @return a changed copy
   * @throws IllegalArgumentException if it is not
   */
  public Program withTimeout(Duration limit) {
    return with(spec.withTimeout(Durations.positive("timeout", limit)));
  }

  /**
   * Gives the program a socket to report its state to, sd_notify(3): {@code NOTIFY_SOCKET} in its
   * environment leads to this JVM. {@link Ready#notification()} waits for messages on it. The
   * socket has an abstract name (unix(7)), so it leaves no file. It can be reached under another
   * uid, but not from another network namespace.
   *
   * @return a changed copy
   */
  public Program withNotifySocket() {
    return with(spec.setup().withNotifySocket());
  }

  /**
   * Hands the program a listening socket, as service managers do that start a service on demand,
   * sd_listen_fds(3): as descriptor 3, the next one as 4, and so on in the order of these calls.
   * {@code LISTEN_FDS} has their number, {@code LISTEN_FDNAMES} their names and {@code LISTEN_PID}
   * the pid of the program.
   *
   * <pre>{@code
   * ListeningSocket socket = ListeningSocket.tcp("127.0.0.1", 0);
   * Program server = Program.of("gunicorn", "app:app")
   *     .withSocket(socket, "http")
   *     .readyWhen(Ready.http(URI.create("http://127.0.0.1:" + socket.port()), 200));
   * }</pre>
   *
   * <p>{@link Ready#port} and {@link Launch#awaitListening()} hold at once, since a process of the
   * launch has a socket that listens. {@link Ready#http} and {@link Ready#output} say more. A shell
   * and env(1) run before the program, as for {@link #withUmask}.
   *
   * @param socket which must be open at the launch; it may be closed after that
   * @param name that the program knows it by
   * @return a changed copy. A launch of it throws a {@link LaunchException} if the socket is closed
   * @throws IllegalArgumentException if the name is empty, has a colon, a control character or a
   *     character beyond ASCII, or is longer than 255 characters
   */
  public Program withSocket(ListeningSocket socket, String name) {
    Objects.requireNonNull(socket, "socket");
    Objects.requireNonNull(name, "name");
    boolean valid = name.chars().allMatch(c -> c >= ' ' && c <= '~' && c != ':');
    if (!valid || name.isEmpty() || name.length() > LONGEST_NAME) {
      throw new IllegalArgumentException(
          "the name of a socket has 1 to 255 ASCII characters, no control character and no colon: \""
              + Text.safe(name)
              + "\"");
    }
    return with(spec.with(spec.handed().with(new ListenFds.Socket(socket.shared(), name))));
  }

  /**
   * Gives a name to a port. {@link Launch#port} returns the port by this name, and messages of
   * failures show both. The program itself gets the number from an argument or a file of yours.
   *
   * @param name such as {@code "redis"}
   * @param port of {@link Ports}
   * @return a changed copy
   * @throws IllegalArgumentException if the name is empty, or another port has it
   */
  public Program withPort(String name, Port port) {
    Objects.requireNonNull(port, "port");
    if (Objects.requireNonNull(name, "name").isEmpty()) {
      throw new IllegalArgumentException("the name of a port is empty");
    }
    Integer earlier = spec.ports().get(name);
    if (earlier != null) {
      throw new IllegalArgumentException(
          "`"
              + this
              + "` already has a port \""
              + name
              + "\", which is "
              + earlier
              + ". To fix: give each port another name");
    }
    return with(spec.withPort(name, port.number()));
  }

  /**
   * Limits the program and all below it, prlimit(2), from its first instruction on.
   *
   * @param resource a name of prlimit(1): {@code "nofile"}, {@code "nproc"}, {@code "core"}, {@code
   *     "as"}, {@code "stack"}, …; case does not matter. Not {@code "locks"}, in which this library
   *     keeps its tags
   * @param soft the value that the kernel enforces, in the unit of that limit; {@link #UNLIMITED}
   *     for none
   * @param hard the value up to which the program may raise it; {@link #UNLIMITED} for none. Above
   *     this JVM's own it needs CAP_SYS_RESOURCE, else the launch fails
   * @return a changed copy
   * @throws IllegalArgumentException if there is no such limit, a value is negative, or the soft
   *     limit exceeds the hard limit
   */
  public Program withLimit(String resource, long soft, long hard) {
    String name = Objects.requireNonNull(resource, "resource").toLowerCase(Locale.ROOT);
    List<String> names = ResourceLimits.names().stream().filter(it -> !it.equals("locks")).toList();
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          "no such limit: \"" + resource + "\"; one of " + String.join(", ", names));
    }
    if (soft < UNLIMITED || hard < UNLIMITED) {
      throw new IllegalArgumentException("a limit must not be negative: " + Math.min(soft, hard));
    }
    Setup.Limit limit = new Setup.Limit(soft, hard);
    if (Long.compareUnsigned(soft, hard) > 0) {
      throw new IllegalArgumentException("the soft limit must not exceed the hard limit: " + limit);
    }
    return with(spec.setup().withLimit(name, limit));
  }

  /**
   * Gives the program this nice value, setpriority(2), from its first instruction on.
   *
   * @param nice from -20, the most CPU time, to 19. Below this JVM's own it needs CAP_SYS_NICE,
   *     else the launch fails
   * @return a changed copy
   * @throws IllegalArgumentException if it is outside that range
   */
  public Program withNice(int nice) {
    if (nice < -20 || nice > 19) {
      throw new IllegalArgumentException("a nice value is -20 to 19, not " + nice);
    }
    return with(spec.setup().withNice(nice));
  }

  /**
   * Gives the program this umask(2), from its first instruction on. A shell and env(1) run before
   * the program to set it; the program does not notice. For a moment their arguments show those
   * variables that a shell would change, such as {@code LANG} and names with a dot.
   *
   * @param mask such as {@code 0027}; from 0 to {@code 0777}. In Java only a number that begins
   *     with 0 is octal: 27 is {@code 0033}
   * @return a changed copy
   * @throws IllegalArgumentException if it is outside that range
   */
  public Program withUmask(int mask) {
    if (mask < 0 || mask > 0777) {
      throw new IllegalArgumentException(
          "a umask is 0 to 0777 (octal), not "
              + (mask < 0 ? "" + mask : "0" + Integer.toOctalString(mask))
              + (("" + mask).matches("[0-7]{3}")
                  ? ". If " + mask + " was written: write 0" + mask
                  : ""));
    }
    return with(spec.setup().withUmask(mask));
  }

  /**
   * Runs the program as another user, with all groups of that user and no capabilities, by
   * setpriv(1). Its environment stays as it is, {@code HOME} and {@code USER} too. If this JVM is
   * not root, the launch fails.
   *
   * @param name in {@code /etc/passwd}, looked up at the launch
   * @return a changed copy
   * @throws IllegalArgumentException if it is empty or contains a NUL
   */
  public Program withUser(String name) {
    requireNoNul("the name of a user", Objects.requireNonNull(name, "name"));
    if (name.isEmpty()) {
      throw new IllegalArgumentException("the name of the user must not be empty");
    }
    return with(spec.setup().withUser(new Setup.User(name, 0, 0)));
  }

  /**
   * Runs the program under other ids, with no other group and no capabilities, by setpriv(1). Its
   * environment stays as it is. If this JVM is not root, the launch fails.
   *
   * @param uid of the user, which need not exist
   * @param gid of the group, which need not exist
   * @return a changed copy
   * @throws IllegalArgumentException if one is negative
   */
  public Program withUser(int uid, int gid) {
    if (uid < 0 || gid < 0) {
      throw new IllegalArgumentException(
          "a uid or gid must not be negative: " + Math.min(uid, gid));
    }
    return with(spec.setup().withUser(new Setup.User(null, uid, gid)));
  }

  /**
   * Starts the program in the process group of this JVM, where it can end the whole test run: a
   * signal that it sends to its group, such as {@code kill 0} in a shell, reaches this JVM, Maven
   * and the shell that started Maven.
   *
   * <p>Without this, the program leads a process group of its own, as if an interactive shell had
   * started it, setpgid(2). Then Ctrl-C and Ctrl-Z in the terminal of the build do not reach it
   * (the library ends it when they end this JVM), reading that terminal stops it by SIGTTIN, and
   * the setsid(2) of a process group's leader fails, so setsid(1) forks and returns at once unless
   * it has the option {@code --wait}. Choose the JVM's group for a program that depends on one of
   * these.
   *
   * @return a changed copy
   */
  public Program withProcessGroupOfJvm() {
    return with(spec.setup().withGroupOfJvm());
  }

  /**
   * Plants things around the program that a good daemon removes, so that an assertion that it is a
   * daemon can fail: an open descriptor, an ignored and a blocked signal, the umask 0023, and an
   * empty file as its standard input if it was given no other. They are there from its first
   * instruction on. The directory that a daemon has to leave is the one that it is launched in.
   * env(1) and a shell run before the program; the program does not notice.
   *
   * @return a changed copy
   */
  public Program withCanaries() {
    return with(spec.setup().withCanaries());
  }

  /**
   * Traces what the program and its descendants do to processes, by ptrace(2): births, execs,
   * signals, stops and ends are events of {@link Launch#journal()} when they happen. No birth, exec
   * or end is missed, and the status of each process is known, whichever process collects it. If
   * this JVM and its guardian are killed at the same moment, the kernel kills what is traced.
   *
   * <pre>{@code
   * Launch launch = supervisor.launch(Program.of("my-server", "--once").traced());
   * launch.awaitExit();
   * System.out.println(launch.journal());
   * }</pre>
   *
   * <p>It changes something for the traced processes, so no setting turns it on for a suite:
   *
   * <ul>
   *   <li>Set-user-id programs and file capabilities have no effect, unless this JVM has
   *       CAP_SYS_PTRACE: sudo, su, ping and fusermount fail.
   *   <li>A program that traces others (gdb, strace, LeakSanitizer, a JVM that launches with {@code
   *       traced()}) gets EPERM; {@code TracerPid} shows that it is traced.
   *   <li>Some calls end with EINTR that would not, at signals that the program ignores:
   *       epoll_wait(2), io_getevents(2), semtimedop(2), sigtimedwait(2), and those of a socket
   *       with a time-out (SO_RCVTIMEO, SO_SNDTIMEO): accept(2), connect(2), read(2), recv(2),
   *       recvmmsg(2), send(2).
   *   <li>{@link ProcessHandle#onExit()} of a traced process completes at its next stop, which is
   *       too early; {@link Descendant#awaitExit()} does not.
   *   <li>Native code of this JVM that waits for any child, waitpid(2) with -1, takes stops of
   *       traced processes: each is answered up to three seconds later, in rare cases a minute.
   *   <li>A debugger that suspends all threads of this JVM, a heap dump or a long collection of
   *       garbage halts traced programs at their next event.
   * </ul>
   *
   * <p>Each birth, exec, signal, and end of a thread stops its thread for some ten microseconds.
   * The kernel searches all living threads of the launch at each: to run another program takes
   * twice as long as untraced, also beside 1,000 sleeping ones, and up to six times as long beside
   * 4,000. A process that is cloned with CLONE_UNTRACED is found by scans, as without a trace, or
   * shows by the SIGCHLD of its end, and {@link Journal#isExact()} is false then. One that neither
   * shows passes unseen, so isExact() says nothing of programs that hide children on purpose. A
   * thread that is cloned so and outlives the others is not seen, so the status of its process may
   * be theirs. Not reported are arriving SIGKILLs of other senders, SIGCHLD, SIGURG and SIGPROF,
   * and new titles.
   *
   * @return a changed copy. A launch of it throws a {@link LaunchException} if the kernel refuses:
   *     see {@link Capabilities#trace()}
   * @see Journal#isExact()
   */
  public Program traced() {
    return with(spec.setup().withTrace());
  }

  /**
   * Says when the program is ready. {@link Supervisor#start} waits for it; a launch does not.
   *
   * <pre>{@code
   * Program redis = Program.of("redis-server", "--port", "6379").readyWhen(Ready.port(6379));
   * Launch launch = supervisor.start(redis);
   * }</pre>
   *
   * @param condition in place of an earlier one
   * @return a changed copy
   */
  public Program readyWhen(Ready condition) {
    return new Program(spec, Optional.of(Objects.requireNonNull(condition, "condition")));
  }

  /** Traces the program, and reports its calls that change files, too. */
  Program crashing(CallEvents events) {
    return with(spec.setup().withCalls(events));
  }

  List<String> command() {
    return spec.command();
  }

  LaunchSpec spec() {
    return spec;
  }

  Optional<Ready> ready() {
    return ready;
  }

  /**
   * Returns the command, joined by spaces.
   *
   * @return for messages
   */
  @Override
  public String toString() {
    return spec.words();
  }
}
