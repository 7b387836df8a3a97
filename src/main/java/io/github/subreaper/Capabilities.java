package io.github.subreaper;

import io.github.subreaper.internal.engine.Support.Finding;
import java.util.List;

/**
 * What this kernel, sandbox, C library and JVM offer, and what replaces the things that are
 * missing.
 *
 * <pre>{@code
 * Capabilities here = Subreaper.capabilities();
 * System.out.println(here); // a line for each kernel facility
 * boolean works = here.isSupported();
 * }</pre>
 *
 * @since 0.1.0
 */
public final class Capabilities {
  private final List<Finding> findings;

  Capabilities(List<Finding> findings) {
    this.findings = findings;
  }

  /**
   * Returns whether {@link Subreaper#activate()} would work.
   *
   * @return true if it would
   */
  public boolean isSupported() {
    return findings.get(0).available();
  }

  /**
   * Returns whether launches can be traced, {@link Program#traced()}. {@link #toString()} has the
   * reason if not: the Yama module, or a sandbox.
   *
   * @return true if they can
   */
  public boolean trace() {
    return findings.stream()
        .anyMatch(finding -> finding.what().equals("trace") && finding.available());
  }

  /**
   * Returns one line for each finding, for people.
   *
   * @return lines such as {@code tag yes RLIMIT_LOCKS shows the launch of each process}
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Finding finding : findings) {
      text.append(
          String.format(
              "%-18s %-4s %s%n",
              finding.what(), finding.available() ? "yes" : "no", finding.meaning()));
    }
    return text.toString().stripTrailing();
  }
}
