package io.github.subreaper.samples;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.Descendant;
import io.github.subreaper.Launch;
import io.github.subreaper.Program;
import io.github.subreaper.Signal;
import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that is not dumpable: the kernel hides its details even from its own user. */
@SubreaperTest
class SshAgentTest {
  private final String sshAgent = Programs.require("ssh-agent", "openssh-client");
  private final String sshAdd = Programs.require("ssh-add", "openssh-client");

  @TempDir Path dir;
  private String socket;

  @BeforeEach
  void chooseSocket() {
    socket = dir.resolve("agent.sock").toString();
  }

  @Test
  void daemonIsTheProcessThatItsLauncherNames(Supervisor supervisor) {
    Launch launch = supervisor.launch(sshAgent, "-a", socket);
    assertThat(launch).exitsWith(0);
    Descendant agent = launch.awaitOrphan();
    assertThat(launch.stdout()).contains("SSH_AGENT_PID=" + agent.pid() + ";");

    Launch list =
        supervisor.launch(Program.of(sshAdd, "-l").withEnvironment("SSH_AUTH_SOCK", socket));
    assertThat(list).exitsWith(1).hasStdout("The agent has no identities.");
  }

  @Test
  void daemonIsEndedByItsOwnCommand(Supervisor supervisor) {
    Descendant agent = supervisor.launch(sshAgent, "-a", socket).awaitOrphan();

    Launch kill =
        supervisor.launch(
            Program.of(sshAgent, "-k")
                .withEnvironment("SSH_AUTH_SOCK", socket)
                .withEnvironment("SSH_AGENT_PID", Long.toString(agent.pid())));
    assertThat(kill).exitsWith(0);

    assertThat(agent).exitsWith(2); // its usual status, which only a parent sees
  }

  @Test
  void agentOfACommandOutlivesTheCommand(Supervisor supervisor) {
    Launch launch = supervisor.launch(sshAgent, "-a", socket, "sh", "-c", "exit 3");
    assertThat(launch).exitsWith(3);

    Descendant agent = launch.awaitOrphan();
    assertThat(agent).hasName("ssh-agent");
    agent.signal(Signal.TERM);
    assertThat(agent).exitsWith(2);
  }
}
