package io.github.subreaper.internal.report.recording;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Which library, machine and JVM made a file.
 *
 * @param version of this library: that in the JAR file, {@code development} without one
 * @param host its name
 * @param kernel system and release
 * @param jvm its name and version
 * @param run which JVM of which machine: {@code <host>-<pid>-<start in epoch millis>}; pids are
 *     reused, and the time is later than any report of an earlier run
 * @param module the absolute working directory of the JVM, which is that of a Maven module
 */
public record About(
    String version, String host, String kernel, String jvm, String run, String module) {
  private static final String POM = "/META-INF/maven/io.github.subreaper/subreaper-junit/";

  /**
   * The time is that of this class's loading. The JDK's {@code startInstant()} may be a second too
   * early, since it adds to the second in which the machine was booted.
   */
  private static final About THIS_JVM = read(System.currentTimeMillis());

  /** Bounds the texts. */
  public About {
    version = Bounds.text(version);
    host = Bounds.text(host);
    kernel = Bounds.text(kernel);
    jvm = Bounds.text(jvm);
    run = Bounds.text(run);
    module = Bounds.text(module);
  }

  /**
   * Returns what this JVM writes.
   *
   * @return the same at each call
   */
  public static About thisJvm() {
    return THIS_JVM;
  }

  private static About read(long now) {
    String host = readHost();
    return new About(
        readVersion(),
        host,
        property("os.name") + " " + property("os.version") + " " + property("os.arch"),
        property("java.vm.name") + " " + property("java.vm.version"),
        host + "-" + ProcessHandle.current().pid() + "-" + now,
        property("user.dir"));
  }

  private static String readVersion() {
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

  private static String readHost() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static String property(String name) {
    return System.getProperty(name, "?");
  }
}
