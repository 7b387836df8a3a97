package io.github.subreaper.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A pid namespace with few pids, so that they are soon reused. */
public final class PidNamespace {
  private PidNamespace() {}

  /**
   * Returns the start of a command that runs the rest in such a namespace, below a shell that is
   * its init. The test is skipped where that is refused.
   *
   * @param most the highest pid
   * @param before what the shell does first
   */
  public static List<String> with(int most, String before) throws Exception {
    String script =
        "echo " + most + " > /proc/sys/kernel/pid_max || exit 99\n" + before + "\n\"$@\"\nexit $?";
    List<String> command = List.of("unshare", "-Urpf", "--mount-proc", "sh", "-c", script, "init");
    String probe = "echo 400 > /proc/sys/kernel/pid_max";
    boolean allowed = runs(List.of("unshare", "-Urpf", "--mount-proc", "sh", "-c", probe));
    assumeTrue(allowed, "a pid namespace with a pid_max of its own needs Linux 6.14 and unshare");
    return new ArrayList<>(command);
  }

  /**
   * Returns the start of a command that runs the rest without privileges in a namespace with a
   * {@code hidepid} mount. Its init waits some seconds until all processes have ended, and prints
   * {@code left=} with those that are left. The test is skipped where that is refused.
   *
   * @param hidepid 0, 1 or 2 of proc(5)
   */
  public static List<String> hiding(int hidepid) throws Exception {
    String own =
        Files.isReadable(Path.of("/proc/1/environ")) ? "" : "Ur"; // root needs no user namespace
    String script =
        """
        mount -o remount,hidepid=%d,gid=65533 /proc || exit 99 # the group 0 may see all otherwise
        setpriv --bounding-set=-all --inh-caps=-all "$@"
        code=$?
        look() {
          left=
          for process in /proc/[0-9]*; do
            process=${process#/proc/}
            [ $process -eq 1 ] || ! read -r name </proc/$process/comm || left="$left$process $name, "
          done 2>/dev/null
        }
        tries=0
        while look; [ "$left" ] && [ $tries -lt 40 ]; do tries=$((tries + 1)) && sleep 0.1; done
        echo "left=$left"
        exit $code
        """
            .formatted(hidepid);
    List<String> command =
        List.of("unshare", "-" + own + "pfm", "--mount-proc", "sh", "-c", script, "init");
    assumeTrue(
        runs(command), "a pid namespace with hidepid needs unshare and setpriv (util-linux)");
    return command;
  }

  /** Returns whether a program can be started this way. */
  public static boolean runs(List<String> command) throws Exception {
    try {
      List<String> probe = new ArrayList<>(command);
      probe.add("true");
      return ChildJvm.run(probe).exitCode() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
