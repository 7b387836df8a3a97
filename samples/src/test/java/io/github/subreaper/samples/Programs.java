package io.github.subreaper.samples;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.opentest4j.TestAbortedException;

/**
 * Finds what a test needs of the machine. If it is missing, the test is skipped with a message on
 * what to install; with {@code CI=true} in the environment it fails.
 */
final class Programs {
  private static final boolean CI = "true".equals(System.getenv("CI"));

  /** The directories of daemons; an ordinary user's PATH lacks some of them. */
  private static final String MORE_PLACES = ":/usr/local/sbin:/usr/sbin:/sbin";

  private Programs() {}

  /** Finds a program of the distribution. */
  static String require(String program, String debianPackage) {
    return require(program, debianPackage, CI);
  }

  static String require(String program, String debianPackage, boolean failIfMissing) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "/usr/bin:/bin") + MORE_PLACES;
    return Stream.of(path.split(":", -1))
        .map(directory -> Path.of(directory, program))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .map(Path::toString)
        .findFirst()
        .orElseGet(() -> missing(program + " is not installed", debianPackage, failIfMissing));
  }

  /** Checks that a program is not another package's of the same name. */
  static void requireVersion(
      Path program, String versionStart, String debianPackage, boolean failIfMissing)
      throws IOException {
    String version = outputOf(versionOf(program, "--version"));
    if (!version.startsWith(versionStart)) {
      missing(program + " is another program: " + version, debianPackage, failIfMissing);
    }
  }

  /** Checks that ssh(1), and so all of OpenSSH, is new enough. An older one skips also in CI. */
  static void requireOpenSsh(Path ssh, int major) throws IOException {
    String version = outputOf(versionOf(ssh, "-V"));
    Matcher number = Pattern.compile("^OpenSSH_(\\d+)").matcher(version);
    if (!number.find() || Integer.parseInt(number.group(1)) < major) {
      missing(
          ssh + " is not of OpenSSH " + major + " or later: " + version, "openssh-client", false);
    }
  }

  /** Tries a program of a Maven artifact, which may lack some of its libraries. */
  static void requireLibrariesOf(Path program, String debianPackages)
      throws IOException, InterruptedException {
    requireLibrariesOf(program, debianPackages, CI);
  }

  static void requireLibrariesOf(Path program, String debianPackages, boolean failIfMissing)
      throws IOException, InterruptedException {
    Process version = versionOf(program, "--version");
    String output = outputOf(version);
    if (version.waitFor() != 0) {
      missing(output, debianPackages, failIfMissing);
    }
  }

  private static Process versionOf(Path program, String option) throws IOException {
    return new ProcessBuilder(program.toString(), option)
        .redirectErrorStream(true)
        .redirectInput(Path.of("/dev/null").toFile())
        .start();
  }

  private static String outputOf(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  private static String missing(String what, String debianPackages, boolean failIfMissing) {
    String reason = what + ": apt-get install " + debianPackages;
    if (failIfMissing) {
      return Assertions.fail(reason + " (no reason to skip, since CI=true)");
    }
    throw new TestAbortedException(reason);
  }

  /** Unpacks a server that comes with an artifact. */
  static Path redis(Path directory) throws IOException, InterruptedException {
    Path server = directory.resolve("redis-server");
    try (InputStream program =
        Artifacts.open("/redis-server-6.2.6-v5-linux-amd64", "/redis-server-6.2.7-linux-arm64")) {
      Files.copy(program, server);
    }
    Files.setPosixFilePermissions(server, PosixFilePermissions.fromString("rwxr-xr-x"));
    requireLibrariesOf(server, "libssl3");
    return server;
  }
}
