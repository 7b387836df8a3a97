package io.github.subreaper.internal.engine.records;

import io.github.subreaper.internal.linux.files.Sockets;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One living process in a snapshot.
 *
 * @param process its record
 * @param stat as it was at that moment
 * @param name as it was at that moment
 * @param commandLine as it was at that moment; empty if unknown
 * @param adoptedAt null if it is not an orphan
 * @param details what is read for a diagnosis only
 * @param children below it
 */
public record TreeNode(
    ProcessRecord process,
    ProcessStat stat,
    String name,
    List<String> commandLine,
    @Nullable Instant adoptedAt,
    @Nullable Details details,
    List<TreeNode> children) {

  /**
   * Facts of a leaked process that are lost when it dies.
   *
   * @param listening the addresses on which it listens
   * @param outputFile where its standard output or error goes, if that is a file
   * @param lastOutput the last line there
   * @param buildStreams of this JVM's standard streams, those that it holds; null for none
   */
  public record Details(
      Sockets.Listening listening,
      @Nullable String outputFile,
      @Nullable String lastOutput,
      @Nullable String buildStreams) {}

  /**
   * Returns STAT as ps(1) shows it: the state, then {@code <} or {@code N}, {@code s}, {@code l},
   * {@code +}.
   */
  public String statText() {
    StringBuilder text = new StringBuilder().append(stat.state());
    if (stat.nice() < 0) {
      text.append('<');
    } else if (stat.nice() > 0) {
      text.append('N');
    }
    if (stat.session() == stat.pid()) {
      text.append('s');
    }
    if (stat.threads() > 1) {
      text.append('l');
    }
    if (stat.foregroundGroup() == stat.processGroup()) {
      text.append('+');
    }
    return text.toString();
  }
}
