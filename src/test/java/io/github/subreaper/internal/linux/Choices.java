package io.github.subreaper.internal.linux;

import java.util.Arrays;

/**
 * The choices of one schedule: as a seed says, or as they were made before. 0 is always the choice
 * that does least, so a story is shrunk by making choices 0.
 */
public final class Choices {
  private final int[] given;
  private final boolean replays;
  private long state;
  private int[] made = new int[512];
  private int count;

  private Choices(int[] given, boolean replays, long seed) {
    this.given = given;
    this.replays = replays;
    this.state = seed;
  }

  public static Choices of(long seed) {
    return new Choices(new int[0], false, seed * 0x9E3779B97F4A7C15L + 0x632BE59BD9B4E019L);
  }

  /** Returns choices that were made before; later ones are 0. */
  public static Choices replaying(int[] made) {
    return new Choices(made, true, 0);
  }

  /** Returns a number below a bound. */
  public int next(int bound) {
    int choice =
        replays ? count < given.length ? Math.min(given[count], bound - 1) : 0 : random(bound);
    if (count == made.length) {
      made = Arrays.copyOf(made, 2 * count);
    }
    made[count++] = choice;
    return choice;
  }

  /** SplitMix64. */
  private int random(int bound) {
    state += 0x9E3779B97F4A7C15L;
    long mixed = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    mixed ^= mixed >>> 31;
    return (int) ((mixed >>> 33) % bound);
  }

  /** Returns true once in so many times. */
  public boolean rarely(int times) {
    return next(times) == times - 1;
  }

  public int[] made() {
    return Arrays.copyOf(made, count);
  }
}
