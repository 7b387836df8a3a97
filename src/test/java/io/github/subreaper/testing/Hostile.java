package io.github.subreaper.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Runs {@code hostile.c} confined, and finds its processes without the library: by a mark in the
 * command line, by user, and by tag.
 */
public final class Hostile {
  private static final int SECONDS = 300;
  private static final boolean ROOT = statusNumber(ProcessHandle.current().pid(), "Uid") == 0;

  private final Path program;

  /** A number that no other command line has. */
  private final String mark = "9" + ThreadLocalRandom.current().nextLong(10_000_000, 99_999_999);

  /** The first of four user ids that no other running test uses. */
  private final int uid = UnusedUsers.uid(0);

  private Hostile(Path program) {
    this.program = program;
  }

  /** Compiles {@code hostile.c}. */
  public static Hostile build(Path directory) throws Exception {
    return new Hostile(CProgram.build(directory, "hostile", "-pthread"));
  }

  public static boolean isRoot() {
    return ROOT;
  }

  /**
   * Returns a command confined to its own user (as root), and to so many processes more than that
   * user has.
   */
  public String[] command(String mode, int slots, String... arguments) throws IOException {
    int limit = slots == 0 ? 0 : slots + (ROOT ? 0 : ownThreads());
    return command(mode, ROOT ? uid : 0, limit, arguments);
  }

  /** Returns the command of a fork bomb with so many processes. */
  public String[] bomb(int processes) throws IOException {
    return command("bomb", processes, Integer.toString(processes));
  }

  /** Returns a command that runs as the user of this JVM. */
  public String[] unconfined(String mode, String... arguments) {
    return command(mode, 0, 0, arguments);
  }

  /** Returns a command for a mode that changes its user itself; needs root. */
  public String[] changingUser(String mode) {
    assumeTrue(ROOT, "only root may become another user");
    return command(mode, uid, 0);
  }

  private String[] command(String mode, int user, int slots, String... arguments) {
    List<String> command = new ArrayList<>(List.of(program.toString(), mode));
    for (int number : new int[] {user, slots, SECONDS}) {
      command.add(Integer.toString(number));
    }
    command.add(mark);
    command.addAll(Arrays.asList(arguments));
    return command.toArray(String[]::new);
  }

  /**
   * Returns the start of a command that runs the rest as the confined user; empty if this JVM is
   * not root.
   */
  public List<String> asItsUser() {
    String user = Integer.toString(uid);
    return ROOT
        ? List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups")
        : List.of();
  }

  /** Returns JVM options with a class path that the confined user may read. */
  public List<String> classPathIn(Path directory) throws Exception {
    if (!ROOT) {
      return List.of();
    }
    List<String> paths = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (entry.isEmpty()) {
        continue;
      }
      Path copy = directory.resolve("path-" + paths.size() + "-" + Path.of(entry).getFileName());
      assertThat(new ProcessBuilder("cp", "-R", entry, copy.toString()).start().waitFor()).isZero();
      paths.add(copy.toString());
    }
    assertThat(new ProcessBuilder("chmod", "-R", "a+rX", directory.toString()).start().waitFor())
        .isZero();
    return List.of("-cp", String.join(File.pathSeparator, paths));
  }

  public int uid() {
    return uid;
  }

  /** Returns what RLIMIT_NPROC counts: all threads of a user on this machine. */
  public static int ownThreads() throws IOException {
    int own = statusNumber(ProcessHandle.current().pid(), "Uid");
    int threads = 0;
    for (long pid : pids()) {
      if (statusNumber(pid, "Uid") == own) {
        threads += Math.max(0, statusNumber(pid, "Threads"));
      }
    }
    return threads;
  }

  /**
   * Returns whether a process has the lock that all of them inherit; a chain is too fast for any
   * list of processes.
   */
  public boolean isHeld() throws Exception {
    int code = new ProcessBuilder(unconfined("alone")).start().waitFor();
    assertThat(code).isBetween(0, 1);
    return code == 1;
  }

  /** Returns its living processes on this machine. */
  public List<String> alive() throws IOException {
    return alive(mark, uid);
  }

  /** Returns the living processes with the mark, the user, or a tag of this JVM's launches. */
  public static List<String> alive(String mark, int uid) throws IOException {
    long session = lockLimit(ProcessHandle.current().pid());
    List<String> found = new ArrayList<>();
    for (long pid : pids()) {
      long tag = lockLimit(pid);
      boolean tagged = session > 0 && tag > session && tag / 1_000_000 == session / 1_000_000;
      int user = statusNumber(pid, "Uid");
      boolean its = tagged || (ROOT && user >= uid && user < uid + 4);
      if ((its || read(pid, "cmdline").contains(mark)) && !hasEnded(pid)) {
        found.add(pid + " " + read(pid, "stat").strip());
      }
    }
    return found;
  }

  private static boolean hasEnded(long pid) {
    String stat = read(pid, "stat");
    int name = stat.lastIndexOf(')');
    return name < 0 || (stat.charAt(name + 2) == 'Z' && statusNumber(pid, "Threads") <= 1);
  }

  private static long lockLimit(long pid) {
    for (String line : read(pid, "limits").split("\n", -1)) {
      if (line.startsWith("Max file locks")) {
        String soft = line.substring("Max file locks".length()).trim().split(" +", -1)[0];
        return soft.equals("unlimited") ? -1 : Long.parseUnsignedLong(soft);
      }
    }
    return 0;
  }

  /** Returns the first number of a field of its status; -1 if it is gone. */
  public static int statusNumber(long pid, String field) {
    for (String line : read(pid, "status").split("\n", -1)) {
      if (line.startsWith(field + ":")) {
        return Integer.parseInt(line.substring(field.length() + 1).trim().split("\\s", -1)[0]);
      }
    }
    return -1;
  }

  private static String read(long pid, String file) {
    try {
      return new String(
          Files.readAllBytes(Path.of("/proc", Long.toString(pid), file)),
          java.nio.charset.StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  private static List<Long> pids() throws IOException {
    List<Long> pids = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      processes.forEach(process -> pids.add(Long.valueOf(process.getFileName().toString())));
    }
    return pids;
  }
}
