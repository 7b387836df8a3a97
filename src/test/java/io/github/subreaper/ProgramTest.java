package io.github.subreaper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ProgramTest extends ScopeFixture {
  private final Program program = Program.of("sh", "-c", "echo hello");

  /** Returns what a launched program sees of the variables A and B, its directory and its input. */
  private String launched(Program program) {
    Launch launch = scope.launch(program);
    launch.awaitExit();
    return launch.stdout();
  }

  private static Program telling() {
    return Program.of("sh", "-c", "echo \"${A-unset} ${B-unset} $(pwd -P) $(cat)\"");
  }

  @Test
  void programPrintsItsCommand() {
    assertThat(program).hasToString("sh -c echo hello");
  }

  @Test
  void withersReturnCopies() throws Exception {
    Path real = directory.toRealPath();
    Program first = telling().withoutEnvironment("A", "B").withStandardInput("one");
    Program changed = first.withEnvironment("A", "1").withDirectory(real).withStandardInput("two");

    assertThat(launched(changed)).isEqualTo("1 unset " + real + " two\n");
    assertThat(launched(first)).isEqualTo("unset unset " + Path.of("").toRealPath() + " one\n");
  }

  @Test
  void theLastChangeOfAVariableWins() {
    Program set = telling().withEnvironment("A", "1").withEnvironment(Map.of("A", "2", "B", "b"));
    assertThat(launched(set)).startsWith("2 b ");
    assertThat(launched(set.withoutEnvironment("A"))).startsWith("unset b ");
    assertThat(launched(set.withoutEnvironment("A").withEnvironment("A", "3"))).startsWith("3 b ");
  }

  @Test
  void theLastInputWins() {
    Program text = telling().withStandardInput(Path.of("/dev/null")).withStandardInput("text");
    assertThat(launched(text)).endsWith(" text\n");
    assertThat(launched(text.withStandardInput(Path.of("/dev/null")))).endsWith(" \n");
  }

  @Test
  void theCallersArrayAndMapAreCopied() {
    String[] command = {"sh", "-c", "echo \"$A\""};
    Map<String, String> variables = new HashMap<>(Map.of("A", "before"));
    Program copied = Program.of(command).withEnvironment(variables);
    command[2] = "echo changed";
    variables.put("A", "after");
    assertThat(launched(copied)).isEqualTo("before\n");
  }

  @Test
  void anEmptyArgumentAndAnEmptyValueAreFine() {
    Program empty =
        Program.of("sh", "-c", "echo \"[$1] [${A-unset}]\"", "sh", "").withEnvironment("A", "");
    assertThat(launched(empty)).isEqualTo("[] []\n");
  }

  @Test
  void commandMayBeAList() {
    List<String> command = new ArrayList<>(List.of("sh", "-c", "echo \"$@\"", "sh", "a b"));
    Program program = Program.of(command);
    command.set(4, "changed");
    assertThat(program).hasToString("sh -c echo \"$@\" sh a b");
    assertThat(launched(program)).isEqualTo("a b\n");
  }

  @Test
  void programThatIsAPathIsThatFile() throws Exception {
    Path sh = directory.resolve("sh");
    Files.writeString(sh, "#!/bin/sh\necho \"mine $0 $*\"\n");
    Files.setPosixFilePermissions(sh, PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(launched(Program.of(sh, "a", "b"))).isEqualTo("mine " + sh + " a b\n");

    Path here = Path.of("").toAbsolutePath();
    Program relative = Program.of(here.relativize(sh)).withDirectory(Path.of("/"));
    assertThat(launched(relative)).startsWith("mine /").endsWith("sh \n");
    assertThatThrownBy(() -> launched(Program.of(Path.of("sh"))))
        .as("the PATH is not searched")
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining(here.resolve("sh").toString());
  }

  @Test
  void argumentsReplaceAllThatTheProgramHad() {
    Program first = Program.of("printf", "<%s>", "x").withEnvironment("A", "1");
    Program second = first.withArguments("[%s]", "y", "z");
    assertThat(launched(second)).isEqualTo("[y][z]");
    assertThat(launched(first)).isEqualTo("<x>");
    assertThat(second.withArguments()).hasToString("printf");
    assertThat(launched(first.withArguments("%s", ""))).isEmpty();
    assertThat(
            launched(
                Program.of("env").withArguments("sh", "-c", "echo $A").withEnvironment("A", "2")))
        .isEqualTo("2\n");
  }

  @Test
  void cleanEnvironmentHasOnlyWhatIsSet() {
    Program clean = Program.of("env").withEnvironment("B", "2").withCleanEnvironment();
    assertThat(launched(clean)).isEqualTo("B=2\n");
    assertThat(launched(clean.withEnvironment("A", "1")).lines())
        .as("set before and after")
        .containsExactlyInAnyOrder("A=1", "B=2");
    assertThat(launched(clean.withoutEnvironment("B"))).isEmpty();
    assertThat(launched(clean.withUmask(077))).as("behind a shell and env(1)").isEqualTo("B=2\n");
    assertThat(launched(clean.withCanaries())).isEqualTo("B=2\n");
    assertThat(launched(clean.withEnvironment("PATH", "/no/such")))
        .as("found in the PATH of this JVM")
        .contains("PATH=/no/such\n");
    assertThat(launched(clean.withNotifySocket()).lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("NOTIFY_SOCKET=@"));
    assertThat(launched(Program.of("env"))).as("control").contains("PATH=");
  }

  @Test
  void anEmptyCommandIsRefused() {
    assertThatThrownBy(() -> Program.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the command is empty: name a program to launch");
    assertThatThrownBy(() -> Program.of(Path.of(""), "argument"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the command is empty: name a program to launch");
    assertThatThrownBy(Program::of)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the command is empty: name a program to launch");
    assertThatThrownBy(() -> Program.of("", "argument"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the command is empty: name a program to launch");
  }

  @Test
  void messageShowsThePositionOfANul() {
    assertThatThrownBy(() -> Program.of("echo", "a\0b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("argument 1 contains a NUL character, which would end it there: \"a\\0b\"");
    assertThatThrownBy(() -> program.withArguments("a", "b\0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("argument 2 contains a NUL character");
    assertThatThrownBy(() -> Program.of("ec\0ho"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("argument 0 contains a NUL character, which would end it there: \"ec\\0ho\"");
    assertThatThrownBy(() -> program.withEnvironment("A\0", "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the name of a variable contains a NUL character")
        .hasMessageEndingWith("\"A\\0\"");
    assertThatThrownBy(() -> program.withEnvironment("A", "1\0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the value of A contains a NUL character")
        .hasMessageEndingWith("\"1\\0\"");
    assertThatThrownBy(() -> program.withoutEnvironment("A\0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the name of a variable contains a NUL character");
  }

  @Test
  void aVariableNeedsANameWithoutEqualsSign() {
    for (String name : new String[] {"", "=", "A=B", "=A"}) {
      assertThatThrownBy(() -> program.withEnvironment(name, "1"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a variable needs a name without '=', not \"" + name + "\"");
      assertThatThrownBy(() -> program.withEnvironment(Map.of(name, "1")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a variable needs a name without '=', not \"" + name + "\"");
      assertThatThrownBy(() -> program.withoutEnvironment(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a variable needs a name without '=', not \"" + name + "\"");
    }
  }

  @Test
  void timeLimitOfZeroOrLessIsRefused() {
    assertThatThrownBy(() -> program.withTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout must be more than zero");
    assertThatThrownBy(() -> program.withTimeout(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("timeout must not be negative: -1\\.0+ s");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void nullIsRefusedAtTheCallThatTakesIt() {
    Map.<String, ThrowingCallable>of(
            "word 2 of the command is null", () -> Program.of("echo", null),
            "word 1 of the command is null", () -> Program.of((String) null),
            "command", () -> Program.of((List<String>) null),
            "program", () -> Program.of((Path) null),
            "arguments[1]", () -> program.withArguments("a", null))
        .forEach(
            (message, call) ->
                assertThatNullPointerException().isThrownBy(call).withMessage(message));
    Map<String, String> holed = new HashMap<>();
    holed.put("A", null);
    assertThatNullPointerException().isThrownBy(() -> Program.of((String[]) null));
    assertThatNullPointerException().isThrownBy(() -> program.withEnvironment(holed));
    assertThatNullPointerException().isThrownBy(() -> Program.of(Path.of("echo"), (String[]) null));
  }
}
