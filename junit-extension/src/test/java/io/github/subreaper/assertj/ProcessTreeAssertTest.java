package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.Launch;
import io.github.subreaper.ProcessTree;
import io.github.subreaper.internal.assertj.facts.Naming;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessTreeAssertTest {
  @AutoClose private final RealScope scope = new RealScope();

  private ProcessTree treeOfASleep() {
    Launch launch = scope.patient().launch("sleep", "1000");
    return launch.tree();
  }

  private static String indented(ProcessTree tree) {
    return tree.toString().indent(3).stripTrailing();
  }

  @Test
  void containsPassesForNameAndCommandLine() {
    assertThat(treeOfASleep()).contains("sleep").contains("sleep 1*").hasSize(1);
  }

  @Test
  void containsFailsIfNoProcessMatches() {
    ProcessTree tree = treeOfASleep();

    assertThatThrownBy(() -> assertThat(tree).contains("nginx*"))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting process tree to contain a process with a name or command line that"
                + " matches the glob `nginx*`, but there is none:\n%s",
            indented(tree));
    assertThatThrownBy(() -> assertThat(tree).contains("slee"))
        .isInstanceOf(AssertionError.class)
        .hasMessageEndingWith(
            "\n(`slee*` matches: a glob is compared with all of a name or"
                + " command line, and `*` stands for any text)");
  }

  @Test
  void containsCountsTheProcessesThatMatch() {
    scope.patient().launch("sleep", "1001");
    scope.patient().launch("sleep", "1002");
    ProcessTree tree = scope.patient().tree();

    assertThat(tree)
        .contains("sleep", 2)
        .contains("sleep 1001", 1)
        .contains("sleep *", 2)
        .contains("nginx", 0);
    assertThatThrownBy(() -> assertThat(tree).contains("sleep", 1))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting process tree to contain 1 process with a name or command line that"
                + " matches the glob `sleep`, but there are 2:\n   %s\n   %s\nof:\n%s",
            Naming.of(tree.roots().get(0)), Naming.of(tree.roots().get(1)), indented(tree));
  }

  @Test
  void doesNotContainPassesIfNoProcessMatches() {
    assertThat(treeOfASleep()).doesNotContain("nginx*").doesNotContain("slee");
  }

  @Test
  void doesNotContainFailsIfAProcessMatches() {
    ProcessTree tree = treeOfASleep();

    assertThatThrownBy(() -> assertThat(tree).doesNotContain("sl*"))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting process tree to contain no processes with a name or command line that"
                + " matches the glob `sl*`, but there is 1:\n   %s\nof:\n%s",
            Naming.of(tree.roots().get(0)), indented(tree));
  }

  @Test
  void hasSizeAndIsEmptyCountTheProcesses() {
    assertThat(scope.patient().tree()).isEmpty().hasSize(0).doesNotContain("*");
    ProcessTree tree = treeOfASleep();

    assertThatThrownBy(() -> assertThat(tree).hasSize(2))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting process tree to have 2 processes, but it has 1 process:\n%s",
            indented(tree));
    assertThatThrownBy(() -> assertThat(tree).isEmpty())
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting process tree to have no processes, but it has 1 process:\n%s",
            indented(tree));
  }

  @Test
  void manyProcessesAreShownInAFewLinesAfterTheVerdict() {
    Launch launch = scope.sh("for i in $(seq 30); do sleep 1000 & done; wait");
    ProcessTree tree = launch.tree().awaitUntil(now -> now.find("sleep 1000").size() == 30);

    assertThatThrownBy(() -> assertThat(tree).hasSize(3))
        .message()
        .startsWith("Expecting process tree to have 3 processes, but it has 31 processes:\n")
        .contains("30 × ")
        .satisfies(text -> assertThat(text.lines()).hasSize(3));
    assertThatThrownBy(() -> assertThat(tree).hasShape("sh *"))
        .hasMessageContaining("sleep 1000 {30}  ← not in the pattern")
        .satisfies(failure -> assertThat(String.valueOf(failure.getMessage()).lines()).hasSize(5));
  }

  @Test
  void anEmptyTreeIsNotShown() {
    ProcessTree tree = scope.patient().tree();

    assertThatThrownBy(() -> assertThat(tree).contains("x"))
        .isInstanceOf(AssertionError.class)
        .hasMessageEndingWith(" matches the glob `x`, but there is none");
  }

  @Test
  void descriptionAndMessageOfTheUserAreKept() {
    ProcessTree tree = treeOfASleep();

    assertThatThrownBy(() -> assertThat(tree).as("before").isEmpty())
        .hasMessageStartingWith(
            "[before] Expecting process tree to have no processes, but it has 1 process:\n");
    assertThatThrownBy(() -> assertThat(tree).withFailMessage("no").isEmpty()).hasMessage("no");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badArgumentsThrowIllegalArgumentException() {
    ProcessTreeAssert tree = assertThat(treeOfASleep());

    assertThatThrownBy(() -> tree.hasSize(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> tree.contains("x", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("times must not be negative: -1");
    assertThatThrownBy(() -> tree.contains(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> tree.contains(null, 1)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> tree.doesNotContain(null)).isInstanceOf(NullPointerException.class);
  }
}
