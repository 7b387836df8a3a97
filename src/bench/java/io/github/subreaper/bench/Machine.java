package io.github.subreaper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.zeroturnaround.exec.ProcessExecutor;
import org.zeroturnaround.process.ProcessUtil;
import oshi.SystemInfo;

/** Where and when the figures were taken, and the peers that they are compared with. */
final class Machine {
  private Machine() {}

  static String describe(Setting setting) throws Exception {
    return String.format(
        """

        | | |
        |---|---|
        | machine | %d × %s, %d MB |
        | kernel | %s %s %s |
        | JDK, whose `ProcessHandle` and `ProcessBuilder` are peers | %s (%s) |
        | C compiler, with `-O2` | %s |
        | peers | %s, %s, %s, %s, %s, %s |
        | date | %s |
        """,
        Runtime.getRuntime().availableProcessors(),
        field("/proc/cpuinfo", "model name"),
        Long.parseLong(field("/proc/meminfo", "MemTotal").replace(" kB", "")) / 1024,
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        System.getProperty("os.arch"),
        System.getProperty("java.vm.version"),
        System.getProperty("java.vendor"),
        firstLine(setting, "cc", "--version"),
        artifact(SystemInfo.class),
        artifact(ProcessExecutor.class),
        artifact(ProcessUtil.class),
        artifact(Test.class),
        firstLine(setting, "ps", "--version"),
        firstLine(setting, "pstree", "--version"),
        OffsetDateTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.MINUTES));
  }

  /** The averages over 1, 5 and 15 minutes. */
  static String load() throws IOException {
    List<String> words = List.of(Files.readString(Path.of("/proc/loadavg")).split(" ", -1));
    return String.join(" ", words.subList(0, 3));
  }

  private static String firstLine(Setting setting, String... command) throws Exception {
    return setting.run(command).lines().findFirst().orElse("unknown");
  }

  /** The name of its file, which ends with the version. */
  private static String artifact(Class<?> type) {
    String file = type.getProtectionDomain().getCodeSource().getLocation().getPath();
    return file.substring(file.lastIndexOf('/') + 1).replace(".jar", "");
  }

  private static String field(String file, String name) throws IOException {
    for (String line : Files.readAllLines(Path.of(file))) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).trim().equals(name)) {
        return line.substring(colon + 1).trim();
      }
    }
    return "unknown " + name;
  }
}
