package io.github.subreaper.internal.report;

/** The command that makes pages, traces and index again. */
public final class Main {
  private Main() {}

  /**
   * Runs the command.
   *
   * @param arguments the directory
   */
  public static void main(String[] arguments) {}
}
