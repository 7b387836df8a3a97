package io.github.subreaper.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Work is counted, because a count does not depend on how fast or how busy the machine is. Lower a
 * bound when the library does less; say why when you raise one. The JVM that works has as few
 * threads of its own as it can have, because a scan reads the children of each.
 */
@Tag("full")
class WorkTest {
  private static final Map<String, Double> FIGURES = new HashMap<>();

  @BeforeAll
  static void count(@TempDir Path directory) throws Exception {
    List<String> options = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m");
    String output = Jvm.run(directory, options, CountedWork.class, directory.toString());
    for (String line : output.lines().toList()) {
      String[] words = line.split("\t", -1);
      if (words.length == 2) {
        FIGURES.put(words[0], Double.parseDouble(words[1]));
      }
    }
  }

  @ParameterizedTest(name = "{0}: at most {1}")
  @CsvSource({
    "bytes an orphan, 1950", // 1,790 on an idle machine
    "bytes a snapshot entry, 2200",
    "bytes an empty test, 63000", // 57,300 on JDK 17 alone; a scan more where others fork
    "calls an orphan, 16", // 13.4 to 13.9 alone; the waits of a busy machine look more often
    // A scan asks what the latest eight pids stand for: a fork may be under way. That is 30 calls.
    "calls a snapshot entry, 19",
    "calls an empty test, 240", // 17 while no other process on the machine forks
  })
  void costs(String what, double most) {
    assertThat(FIGURES).containsKey(what);
    double figure = FIGURES.getOrDefault(what, 0.0);
    assumeFalse(
        Double.isNaN(figure), "system calls are counted by strace: missing, or not allowed");
    assertThat(figure).as(what).isPositive().isLessThanOrEqualTo(most);
  }
}
