package io.github.subreaper.bench;

import io.github.subreaper.ScopeReport;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The end of a scope in which nothing was started: what each test pays. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ScopeBenchmark {

  /** A scope that has just been opened. */
  @State(Scope.Thread)
  public static class Open {
    private final Subreaper subreaper = Subreaper.activate();
    private Supervisor supervisor = subreaper.open("first");

    /** Not measured. */
    @Setup(Level.Invocation)
    public void open() {
      supervisor = subreaper.open("empty");
    }

    /** Leaves the JVM as it was. */
    @TearDown(Level.Trial)
    public void close() {
      subreaper.close();
    }
  }

  /** A scope with a daemon that ends when it is asked to. */
  @State(Scope.Thread)
  public static class Inhabited {
    private final Subreaper subreaper = Subreaper.activate();
    private Supervisor supervisor = subreaper.open("first");

    /** Not measured. */
    @Setup(Level.Invocation)
    public void open() {
      supervisor = subreaper.open("inhabited");
      supervisor.launch("sh", "-c", "sleep 300 &").awaitOrphan();
    }

    /** Leaves the JVM as it was. */
    @TearDown(Level.Trial)
    public void close() {
      subreaper.close();
    }
  }

  /** Ends what a daemon is in. */
  @Benchmark
  @OutputTimeUnit(TimeUnit.MILLISECONDS)
  public void endDaemon(Inhabited inhabited) {
    ScopeReport report = inhabited.supervisor.end();
    Setting.check(report.isClean(), report);
  }

  /** Ends only. */
  @Benchmark
  public void endEmptyScope(Open open) {
    ScopeReport report = open.supervisor.end();
    Setting.check(report.isClean(), report);
  }
}
