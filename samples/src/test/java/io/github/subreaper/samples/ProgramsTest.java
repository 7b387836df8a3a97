package io.github.subreaper.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

class ProgramsTest {
  @TempDir Path dir;
  private Path unlinkable;

  @BeforeEach
  void writeProgramWithoutItsLibrary() throws IOException {
    unlinkable = script("redis-server", "echo no libssl.so.3 >&2\nexit 127");
  }

  private Path script(String name, String commands) throws IOException {
    Path script = Files.writeString(dir.resolve(name), "#!/bin/sh\n" + commands + "\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void programIsFoundWithItsPath() {
    assertThat(Programs.require("sh", "dash", true)).startsWith("/").endsWith("/sh");
  }

  @Test
  void missingProgramSkipsTheTestAndSaysWhatToInstall() {
    assertThatThrownBy(() -> Programs.require("no-such-daemon", "its-package", false))
        .isInstanceOf(TestAbortedException.class)
        .hasMessage("no-such-daemon is not installed: apt-get install its-package");
  }

  @Test
  void missingProgramFailsTheTestInCi() {
    assertThatThrownBy(() -> Programs.require("no-such-daemon", "its-package", true))
        .isInstanceOf(AssertionFailedError.class)
        .hasMessageStartingWith("no-such-daemon is not installed: apt-get install its-package");
  }

  @Test
  void anotherPackagesProgramOfTheSameNameSkipsTheTestAndSaysWhatToInstall() throws IOException {
    Path tftpd = script("in.tftpd", "echo 'atftp-0.8.0 (server)'");
    assertThatCode(() -> Programs.requireVersion(tftpd, "atftp-", "atftpd", false))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Programs.requireVersion(tftpd, "tftp-hpa ", "tftpd-hpa", false))
        .isInstanceOf(TestAbortedException.class)
        .hasMessage(tftpd + " is another program: atftp-0.8.0 (server): apt-get install tftpd-hpa");
  }

  @Test
  void openSshThatIsTooOldSkipsTheTestAndSaysWhatToInstall() throws IOException {
    Path ssh = script("ssh", "echo 'OpenSSH_9.9p1, OpenSSL 3.0.1' >&2");
    assertThatCode(() -> Programs.requireOpenSsh(ssh, 9)).doesNotThrowAnyException();
    assertThatThrownBy(() -> Programs.requireOpenSsh(ssh, 10))
        .isInstanceOf(TestAbortedException.class)
        .hasMessage(
            ssh
                + " is not of OpenSSH 10 or later: OpenSSH_9.9p1, OpenSSL 3.0.1:"
                + " apt-get install openssh-client");
  }

  @Test
  void programThatRunsHasItsLibraries() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    assertThatCode(() -> Programs.requireLibrariesOf(java, "none", true))
        .doesNotThrowAnyException();
  }

  @Test
  void missingLibrarySkipsTheTestAndSaysWhatToInstall() {
    assertThatThrownBy(() -> Programs.requireLibrariesOf(unlinkable, "libssl3", false))
        .isInstanceOf(TestAbortedException.class)
        .hasMessage("no libssl.so.3: apt-get install libssl3");
  }

  @Test
  void missingLibraryFailsTheTestInCi() {
    assertThatThrownBy(() -> Programs.requireLibrariesOf(unlinkable, "libssl3", true))
        .isInstanceOf(AssertionFailedError.class)
        .hasMessageStartingWith("no libssl.so.3: apt-get install libssl3");
  }
}
