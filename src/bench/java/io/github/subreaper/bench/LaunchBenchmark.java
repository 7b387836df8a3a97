package io.github.subreaper.bench;

import io.github.subreaper.ExitStatus;
import io.github.subreaper.Subreaper;
import io.github.subreaper.Supervisor;
import java.io.File;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.zeroturnaround.exec.ProcessExecutor;

/** From the launch of a short program to its status; each side in its own JVM. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class LaunchBenchmark {
  private static final String[] COMMAND = {"sh", "-c", "exit 3"};

  /** A scope for each launch, as a test has it; neither its opening nor its end is measured. */
  @State(Scope.Benchmark)
  public static class Library {
    private final Subreaper subreaper = Subreaper.activate();
    private Supervisor supervisor = subreaper.open("launch");

    /** Ends the scope, and opens the next. */
    @TearDown(Level.Invocation)
    public void renew() {
      supervisor.close();
      supervisor = subreaper.open("launch");
    }

    /** Leaves the JVM as it was. */
    @TearDown(Level.Trial)
    public void close() {
      subreaper.close();
    }
  }

  /** The streams as the library connects them. */
  @State(Scope.Benchmark)
  public static class Jdk {
    private final File input = new File("/dev/null");
    private final File output = temporary("out");
    private final File errors = temporary("err");

    private static File temporary(String suffix) {
      try {
        File file = File.createTempFile("bench", suffix);
        file.deleteOnExit();
        return file;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** This library. */
  @Benchmark
  public void library(Library library) {
    ExitStatus status = library.supervisor.launch(COMMAND).awaitExit();
    Setting.check(status.equals(ExitStatus.exited(3)), status);
  }

  /** The JDK. */
  @Benchmark
  public void processBuilder(Jdk jdk) throws Exception {
    int code =
        new ProcessBuilder(COMMAND)
            .redirectInput(jdk.input)
            .redirectOutput(jdk.output)
            .redirectError(jdk.errors)
            .start()
            .waitFor();
    Setting.check(code == 3, code);
  }

  /** zt-exec, a peer on top of ProcessBuilder. */
  @Benchmark
  public void ztExec() throws Exception {
    int code = new ProcessExecutor(COMMAND).execute().getExitValue();
    Setting.check(code == 3, code);
  }
}
