package io.github.subreaper;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WorkingCopyTest {
  private static final int NOBODY = 65534;

  @TempDir private Path prepared;

  @BeforeEach
  void prepare() throws IOException {
    Files.writeString(prepared.resolve("data"), "initialised\n");
    Path locked = Files.createDirectory(prepared.resolve("locked"));
    Files.writeString(locked.resolve("secret"), "");
    Files.setPosixFilePermissions(locked.resolve("secret"), fromString("r--------"));
    Files.setPosixFilePermissions(locked, fromString("r-xr-x---"));
    Files.createSymbolicLink(prepared.resolve("link"), Path.of("/etc"));
  }

  private static Launch launched(Supervisor scope, Program program) {
    Launch launch = scope.launch(program);
    launch.awaitExit();
    return launch;
  }

  @Test
  void eachLaunchHasACopyOfItsOwnUntilItsScopeEnds() throws IOException {
    Program program = Program.of("sh", "-c", "cat data; echo changed >data; pwd");
    Path copy;
    try (Subreaper library = Subreaper.activate()) {
      try (Supervisor scope = library.open("copies")) {
        Launch one = launched(scope, program.withWorkingCopyOf(prepared));
        Launch two = launched(scope, program.withWorkingCopyOf(prepared));
        copy = one.directory();
        assertThat(one.stdout()).isEqualTo("initialised\n" + copy + "\n");
        assertThat(two.stdout()).isEqualTo("initialised\n" + two.directory() + "\n");
        assertThat(copy.resolve("data")).hasContent("changed\n");
        assertThat(launched(scope, Program.of("true").withWorkingCopyOf(copy)).directory())
            .isNotEqualTo(copy);
        assertThatThrownBy(() -> scope.launch(Program.of("./none").withWorkingCopyOf(copy)))
            .isInstanceOf(LaunchException.class);
        assertThat(copy.resolve("data")).exists();
        assertThat(copy.getParent())
            .isDirectoryContaining("glob:**/3")
            .isDirectoryNotContaining("glob:**/4");
      }
      assertThat(copy.getParent()).isEmptyDirectory();
    }
    assertThat(copy.getParent()).doesNotExist();
    assertThat(prepared.resolve("data")).hasContent("initialised\n");
  }

  @Test
  void modesAndLinksStayAndSocketsAreLeftOut() throws Exception {
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        Subreaper library = Subreaper.activate();
        Supervisor scope = library.open("copies")) {
      socket.bind(UnixDomainSocketAddress.of(prepared.resolve("socket")));
      Path copy = launched(scope, Program.of("true").withWorkingCopyOf(prepared)).directory();
      assertThat(copy.resolve("socket")).doesNotExist();
      assertThat(Files.readSymbolicLink(copy.resolve("link"))).isEqualTo(Path.of("/etc"));
      for (String one : new String[] {"", "data", "locked", "locked/secret"}) {
        assertThat(Files.getPosixFilePermissions(copy.resolve(one)))
            .isEqualTo(Files.getPosixFilePermissions(prepared.resolve(one)));
        assertThat(Files.getLastModifiedTime(copy.resolve(one)).toMillis())
            .isEqualTo(Files.getLastModifiedTime(prepared.resolve(one)).toMillis());
      }
    }
  }

  @Test
  void anotherUserOwnsItsCopy() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "only root may be another user");
    try (Subreaper library = Subreaper.activate();
        Supervisor scope = library.open("copies")) {
      Program writer =
          Program.of("sh", "-c", "echo more >>data && echo new >new && cat locked/secret")
              .withWorkingCopyOf(prepared);
      for (Program one :
          new Program[] {writer.withUser("nobody"), writer.withUser(NOBODY, NOBODY)}) {
        Launch launch = launched(scope, one);
        assertThat(launch.stderr()).isEmpty();
        assertThat(launch.process().exitStatus()).contains(ExitStatus.exited(0));
        assertThat(Files.getAttribute(launch.directory().resolve("locked"), "unix:uid"))
            .isEqualTo(NOBODY);
      }
      Files.setAttribute(prepared, "unix:uid", NOBODY);
      Path kept = launched(scope, Program.of("true").withWorkingCopyOf(prepared)).directory();
      assertThat(Files.getAttribute(kept, "unix:uid")).isEqualTo(NOBODY);
      assertThat(Files.getAttribute(kept.resolve("data"), "unix:uid")).isEqualTo(0);
    }
  }

  @Test
  void badDirectoriesAreRefused() {
    Program program = Program.of("true");
    assertThatThrownBy(() -> program.withWorkingCopyOf(Path.of("/usr/..")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name a prepared directory");
    assertThatThrownBy(() -> program.withWorkingCopyOf(Path.of("")))
        .isInstanceOf(IllegalArgumentException.class);
    try (Subreaper library = Subreaper.activate();
        Supervisor scope = library.open("copies")) {
      assertThatThrownBy(() -> scope.launch(program.withWorkingCopyOf(Path.of("/no/dir"))))
          .isInstanceOf(LaunchException.class)
          .hasMessageContaining("no such directory: /no/dir. To fix: create it before the launch");
      Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
      assertThatThrownBy(() -> scope.launch(program.withWorkingCopyOf(temporary)))
          .isInstanceOf(LaunchException.class)
          .hasMessageContaining(temporary + " cannot be copied, since it contains ");
    }
  }
}
