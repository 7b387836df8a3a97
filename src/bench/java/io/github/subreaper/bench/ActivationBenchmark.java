package io.github.subreaper.bench;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.github.subreaper.Subreaper;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Becoming the subreaper, in a JVM that has just started and later on. */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ActivationBenchmark {

  /** What is to be undone. */
  @State(Scope.Thread)
  public static class Active {
    private AutoCloseable activation = () -> {};

    /** Not measured. */
    @TearDown(Level.Invocation)
    public void deactivate() throws Exception {
      activation.close();
    }
  }

  /** JNA, loaded already. */
  @State(Scope.Thread)
  public static class Loaded {
    /** Not measured. */
    @Setup(Level.Trial)
    public void load() {
      Setting.check(!loadJna().getName().isEmpty(), "JNA finds no function");
    }
  }

  /** JNA, loaded already, and a class of its user that calls the C library directly. */
  @State(Scope.Thread)
  public static class Mapped {
    /** Not measured. */
    @Setup(Level.Trial)
    public void load() {
      Setting.check(CLibrary.getpid() == ProcessHandle.current().pid(), "JNA calls another");
    }
  }

  private static final class CLibrary {
    static {
      Native.register(CLibrary.class, NativeLibrary.getInstance(null));
    }

    private CLibrary() {}

    static native int getpid();
  }

  /** What any user of JNA does first: load its own library, and one to call. */
  static Function loadJna() {
    return NativeLibrary.getInstance(null).getFunction("getpid");
  }

  /** JNA alone. */
  @Benchmark
  public Function jna() {
    return loadJna();
  }

  /** Activates only. */
  @Benchmark
  public void activate(Active active) {
    active.activation = Subreaper.activate();
  }

  /** The same after JNA's share. */
  @Benchmark
  public void activateAfterJna(Loaded loaded, Active active) {
    active.activation = Subreaper.activate();
  }

  /** The same after all that JNA does for the first class that is mapped directly. */
  @Benchmark
  public void activateAfterMapping(Mapped mapped, Active active) {
    active.activation = Subreaper.activate();
  }
}
