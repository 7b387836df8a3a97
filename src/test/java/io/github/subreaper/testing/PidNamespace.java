package io.github.subreaper.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A pid namespace in which numbers are few, so that they are soon used again. */
public final class PidNamespace {
  private PidNamespace() {}

  /**
   * The start of a command that runs the rest in it, below a shell that is its init; the test is
   * skipped where that is refused.
   *
   * @param most the highest pid there is
   * @param before what the shell does first
   */
  public static List<String> with(int most, String before) throws Exception {
    String script =
        "echo " + most + " > /proc/sys/kernel/pid_max || exit 99\n" + before + "\n\"$@\"\nexit $?";
    List<String> command = List.of("unshare", "-Urpf", "--mount-proc", "sh", "-c", script, "init");
    boolean allowed;
    try {
      List<String> probe =
          List.of(
              "unshare",
              "-Urpf",
              "--mount-proc",
              "sh",
              "-c",
              "echo 400 > /proc/sys/kernel/pid_max");
      allowed = ChildJvm.run(probe).exitCode() == 0;
    } catch (IOException e) {
      allowed = false;
    }
    assumeTrue(allowed, "a pid namespace with a pid_max of its own needs Linux 6.14 and unshare");
    return new ArrayList<>(command);
  }
}
