package io.github.subreaper.internal.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/** Which library, machine and JVM this is. */
final class About {
  private static final String POM = "/META-INF/maven/io.github.subreaper/subreaper-junit/";

  private static final String HOST = readHost();

  /**
   * The time is that of this class's loading. The JDK's {@code startInstant()} may be a second too
   * early, since it adds to the second in which the machine was booted.
   */
  private static final String RUN =
      HOST + "-" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis();

  private About() {}

  /** Returns the version in the JAR file; {@code development} without one. */
  static String version() {
    try (InputStream in = About.class.getResourceAsStream(POM + "pom.properties")) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "development");
    } catch (IOException e) {
      return "unknown";
    }
  }

  static String host() {
    return HOST;
  }

  private static String readHost() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  static String kernel() {
    return property("os.name") + " " + property("os.version") + " " + property("os.arch");
  }

  static String jvm() {
    return property("java.vm.name") + " " + property("java.vm.version");
  }

  /**
   * Returns which JVM of which machine this is: pids are reused, so a time is a part of it. It is
   * later than any report of an earlier run.
   */
  static String run() {
    return RUN;
  }

  /** Returns the working directory, which is absolute. */
  static String module() {
    return property("user.dir");
  }

  private static String property(String name) {
    return System.getProperty(name, "?");
  }
}
