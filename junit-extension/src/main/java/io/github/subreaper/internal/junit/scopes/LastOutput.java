package io.github.subreaper.internal.junit.scopes;

import io.github.subreaper.Launch;
import io.github.subreaper.internal.access.Access;
import io.github.subreaper.internal.text.Text;
import java.util.stream.Stream;

/** Quotes the last line that a launch has written. */
public final class LastOutput {
  private LastOutput() {}

  /** Returns that of stderr, or else that of stdout; empty if there is none. */
  public static String of(Launch launch) {
    return Stream.of(Access.get().output(launch, true), Access.get().output(launch, false))
        .map(LastOutput::of)
        .filter(line -> !line.isEmpty())
        .findFirst()
        .orElse("");
  }

  /** Returns the last line of an output that is not blank, in quotes; empty if there is none. */
  public static String of(String output) {
    return output
        .lines()
        .filter(one -> !one.isBlank())
        .reduce((earlier, later) -> later)
        .map(line -> '"' + Text.shortened(line) + '"')
        .orElse("");
  }
}
