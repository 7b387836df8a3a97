package io.github.subreaper.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Where and when the figures were taken. */
final class Machine {
  private Machine() {}

  static String describe() throws IOException {
    return String.format(
        "machine   %d × %s, %d MB%nkernel    %s %s %s%nJDK       %s (%s)%ndate      %s%n"
            + "load      %s at the start%n",
        Runtime.getRuntime().availableProcessors(),
        field("/proc/cpuinfo", "model name"),
        Long.parseLong(field("/proc/meminfo", "MemTotal").replace(" kB", "")) / 1024,
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        System.getProperty("os.arch"),
        System.getProperty("java.vm.version"),
        System.getProperty("java.vendor"),
        OffsetDateTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.MINUTES),
        load());
  }

  /** The averages over 1, 5 and 15 minutes. */
  static String load() throws IOException {
    List<String> words = List.of(Files.readString(Path.of("/proc/loadavg")).split(" ", -1));
    return String.join(" ", words.subList(0, 3));
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
