package io.github.subreaper.crash;

import io.github.subreaper.Launch;
import io.github.subreaper.LaunchException;
import io.github.subreaper.Program;
import io.github.subreaper.UnsupportedSystemException;
import java.nio.file.Path;

/**
 * One run of {@link CrashPoints}: the program runs in a fresh copy of the directory and is killed
 * at one point, and then it has to come back. For the thread that it is given to. Not to be
 * implemented by others.
 *
 * <pre>{@code
 * List<String> stored = new ArrayList<>();
 * run.during(server -> client.put("a", stored::add));
 * run.recover(server -> assertThat(client.keys()).containsAll(stored));
 * }</pre>
 *
 * <p>A run without a crash that neither calls {@code recover} nor asks for the {@link #directory()}
 * is refused with an {@link IllegalStateException}: it looks at nothing that a crash could damage.
 * One that has asked for the directory may check it in plain Java instead; whether it does is not
 * known.
 *
 * @since 0.1.0
 */
public interface CrashRun {
  /**
   * What is done in each run, or with its program.
   *
   * @param <T> what it uses: the run, or a launch
   */
  @FunctionalInterface
  interface Action<T> {
    /**
     * Does it.
     *
     * @param used the run, which starts the program; or a launch of it
     * @throws Exception which fails the run
     */
    void with(T used) throws Exception;
  }

  /**
   * Names the directory, of which each run gets a copy.
   *
   * @param directory as it is before the program runs; changes below it count
   * @return this run
   */
  CrashRun in(Path directory);

  /**
   * Names the program, which {@link #during} starts in the copy of the directory.
   *
   * @param program which finds its files by relative paths, or by {@link #directory}
   * @return this run
   * @throws LaunchException if the directory cannot be copied
   * @throws UnsupportedSystemException where points cannot be found
   */
  CrashRun launch(Program program);

  /**
   * Returns the point at which the program is killed in this run.
   *
   * @return {@code recording} in the runs that only list the points
   */
  String point();

  /**
   * Returns the directory of this run, in which the program starts and whose changes count.
   *
   * @return a copy of the one that was given to {@link CrashPoints#of} or {@link #in}
   * @throws IllegalStateException if no program was named yet
   */
  Path directory();

  /**
   * Starts the program, waits until it is ready, and uses it; then stops it. At some time all of
   * its processes are killed, so a call of it may fail: that is no failure of the run. Returns when
   * none of them is left. In a run that does not reach its point, what follows does not count.
   *
   * @param action what makes the program change its files; it may have ended already
   * @throws Exception of the action, if the program was not killed
   */
  void during(Action<Launch> action) throws Exception;

  /**
   * Starts the program again, without a crash, waits until it is ready, and checks what must hold;
   * then stops it.
   *
   * @param invariant throws if it does not hold
   * @throws Exception of the invariant: the program does not come back
   */
  void recover(Action<Launch> invariant) throws Exception;

  /**
   * Starts another program that recovers the directory, as {@link #recover(Action)}.
   *
   * @param other started in the directory
   * @param invariant throws if it does not hold
   * @throws Exception of the invariant: the program does not come back
   */
  void recover(Program other, Action<Launch> invariant) throws Exception;
}
