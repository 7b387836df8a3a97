package io.github.subreaper.internal.engine;

import io.github.subreaper.internal.engine.guardian.Guardian;
import io.github.subreaper.internal.engine.jvm.Threads;
import io.github.subreaper.internal.engine.origin.Origin;
import io.github.subreaper.internal.engine.spawn.PrivateDirectory;
import io.github.subreaper.internal.engine.spawn.Tags;
import io.github.subreaper.internal.engine.spawn.UnsupportedException;
import io.github.subreaper.internal.engine.trace.TraceSupport;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Jna;
import io.github.subreaper.internal.linux.calls.LinuxException;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.Procfs;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this kernel, sandbox and JVM offer. Each feature is tried by use, and nothing is left
 * changed.
 */
public final class Support {
  /** One finding: the feature, whether it is there, and what that means. */
  public record Finding(String what, boolean available, String meaning) {}

  /** The reason that is no fault of this system. */
  public static final String NO_JNA = Jna.MISSING;

  private Support() {}

  /** Returns why no system call works here; null if they do. */
  static @Nullable String noKernel() {
    String os = System.getProperty("os.name", "");
    if (!os.equals("Linux")) {
      return "this is " + os + "; a subreaper needs Linux (prctl(2) PR_SET_CHILD_SUBREAPER, 3.4)";
    }
    return Jna.trouble();
  }

  /** Returns why this system can't be a subreaper; null if it can. */
  static @Nullable String missing(Kernel kernel) {
    try {
      ProcessHandle.current(); // resets a SIGCHLD that was inherited as ignored
      kernel.subreaper.get();
      kernel.waits().probe();
      kernel.kill.probe();
      int self = (int) ProcessHandle.current().pid();
      ProcessStat stat = kernel.procfs.stat(Procfs.SELF);
      if (stat == null || stat.pid() != self) {
        return "/proc is not mounted, or is another pid namespace's";
      }
      if (kernel.procfs.children(Procfs.SELF, self) == null) {
        return "/proc/self/task/<tid>/children is missing (a kernel without CONFIG_PROC_CHILDREN)";
      }
      return null;
    } catch (LinuxException e) {
      return "the kernel or a sandbox refuses " + e.getMessage();
    }
  }

  /** Returns the findings, the most important first. */
  public static List<Finding> findings() {
    String none = noKernel();
    if (none != null) {
      return List.of(new Finding("subreaper", false, none));
    }
    return findings(new Kernel(), new Time());
  }

  private static List<Finding> findings(Kernel kernel, Time time) {
    List<Finding> findings = new ArrayList<>();
    String system = missing(kernel);
    String missing = system != null ? system : missingDirectory(kernel);
    findings.add(
        new Finding(
            "subreaper",
            missing == null,
            missing == null ? "this JVM adopts the orphans below it" : missing));
    if (missing == null) {
      findings.add(tag(kernel));
      findings.add(pidfd(kernel));
      findings.add(guardian());
      findings.add(trace(kernel));
      findings.add(
          new Finding(
              "closefrom",
              kernel.spawn.hasCloseFrom(),
              kernel.spawn.hasCloseFrom()
                  ? "launched programs inherit three descriptors and no other"
                  : "descriptors are closed one by one (C library older than glibc 2.34): one that"
                      + " another thread opens during a launch may be inherited"));
      findings.add(
          new Finding(
              "working directory",
              kernel.spawn.hasChdir(),
              kernel.spawn.hasChdir()
                  ? "launches may choose their directory"
                  : "the C library cannot start a program in another directory (glibc 2.29)"));
      boolean groups = kernel.spawn.hasGroups();
      findings.add(
          new Finding(
              "process groups",
              groups,
              groups
                  ? "each launch leads a process group: a signal to it does not reach this JVM"
                  : "setpgid(2) is refused: launches are in this JVM's process group, and a program"
                      + " that signals its group ends this JVM, too"));
      boolean standard = new Threads(kernel, time).leaderRunsNoJava();
      findings.add(
          new Finding(
              "java launcher",
              standard,
              standard
                  ? "the thread that adopts never starts processes: ownership is exact"
                  : "embedded JVM: zombies without other evidence are left for 250 ms, so that the"
                      + " JDK can collect its own first; this is a heuristic"));
      String noOrigin = Origin.missing();
      findings.add(
          new Finding(
              "origin",
              noOrigin == null,
              noOrigin == null
                  ? Origin.description()
                  : noOrigin
                      + ": it is not known where code under test started a process, and in parallel"
                      + " tests what such code forks is attributed by lineage and by the threads"
                      + " of the tests only"));
    }
    return findings;
  }

  private static Finding trace(Kernel kernel) {
    String no = TraceSupport.missing(kernel);
    return new Finding(
        "trace", no == null, no == null ? "launches may be traced: Program.traced()" : no);
  }

  private static Finding tag(Kernel kernel) {
    try {
      kernel.fileLocks.set(Procfs.SELF, kernel.fileLocks.get(Procfs.SELF));
      kernel.fileLocks.probeOthers();
      long hard = kernel.fileLocks.getHard(Procfs.SELF);
      boolean roomy = hard < 0;
      return new Finding(
          "tag",
          roomy,
          roomy
              ? "RLIMIT_LOCKS shows the launch of each process, even of a zombie"
              : "the hard limit of RLIMIT_LOCKS is " + hard + ": " + instead());
    } catch (LinuxException e) {
      return new Finding("tag", false, e.getMessage() + ": " + instead());
    }
  }

  private static String instead() {
    return "the variable "
        + Tags.VARIABLE
        + " and lineage replace it. They miss orphans that are adopted"
        + " dead, and daemons that overwrite their environment (nginx, redis, php-fpm, sshd) where"
        + " this JVM is PID 1 or had children before its activation";
  }

  private static Finding guardian() {
    Path shell = Guardian.shell();
    boolean timed = Guardian.hasTimeouts(shell);
    return new Finding(
        "guardian",
        true,
        timed
            ? shell + " terminates what is left when this JVM dies, whatever kills it"
            : shell
                + " terminates what is left when this JVM dies; without bash it is slower, and does not"
                + " notice the death while a child that native code forked without exec lives");
  }

  private static Finding pidfd(Kernel kernel) {
    try {
      kernel.probePidfd();
      return new Finding("pidfd", true, "signals cannot reach a reused pid");
    } catch (LinuxException e) {
      return new Finding(
          "pidfd",
          false,
          e.getMessage()
              + ": processes that are not children are signalled by pid, after a check"
              + " of their start time; their status is unknown when their parent reaps them");
    }
  }

  /** Returns why there can be no private directory, tried by use; null if there can. */
  private static @Nullable String missingDirectory(Kernel kernel) {
    try (PrivateDirectory directory = new PrivateDirectory(kernel)) {
      directory.newFifo(Guardian.LINE);
      directory.file("guardian", Guardian::script);
      return null;
    } catch (UnsupportedException e) {
      return e.reason();
    } catch (UncheckedIOException | LinuxException e) {
      return e.getMessage();
    }
  }
}
