package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;
import static io.github.subreaper.assertj.SubreaperAssertions.assertThatThrownBy;

import io.github.subreaper.Launch;
import io.github.subreaper.ProcessTree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessTreeAssertTest {
  private final RealScope scope = new RealScope();

  @AfterEach
  void endAll() {
    scope.close();
  }

  private ProcessTree treeOfASleep() {
    Launch launch = scope.patient().launch("sleep", "1000");
    return launch.tree();
  }

  private static String indented(ProcessTree tree) {
    return tree.toString().stripTrailing().indent(3);
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
            "Expecting process tree:\n%sto contain `nginx*`\n"
                + "but no name and no command line matches",
            indented(tree));
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
            "Expecting process tree:\n%sto contain nothing like `sl*`\nbut found:\n   %s",
            indented(tree), Naming.of(tree.roots().get(0)));
  }

  @Test
  void hasSizeFailsForAnotherNumber() {
    ProcessTree tree = treeOfASleep();

    assertThatThrownBy(() -> assertThat(tree).hasSize(2))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting process tree:\n%sto have 2 processes\nbut it has 1 process", indented(tree));
  }

  @Test
  void isEmptyPassesWithoutProcesses() {
    assertThat(scope.patient().tree()).isEmpty().hasSize(0).doesNotContain("*");
  }

  @Test
  void isEmptyFailsWithAProcess() {
    ProcessTree tree = treeOfASleep();

    assertThatThrownBy(() -> assertThat(tree).isEmpty())
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "Expecting process tree:\n%sto have no processes\nbut it has 1 process",
            indented(tree));
  }

  @Test
  void anEmptyTreeIsShownAsEmpty() {
    ProcessTree tree = scope.patient().tree();

    assertThatThrownBy(() -> assertThat(tree).contains("x"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("to contain `x`");
  }

  @Test
  void descriptionAndMessageOfTheUserAreKept() {
    ProcessTree tree = treeOfASleep();

    assertThatThrownBy(() -> assertThat(tree).as("before").isEmpty())
        .hasMessageStartingWith("[before] Expecting process tree:\n");
    assertThatThrownBy(() -> assertThat(tree).withFailMessage("no").isEmpty()).hasMessage("no");
  }

  @Test
  void nullTreeIsAFailure() {
    assertThatThrownBy(() -> assertThat((ProcessTree) null).isEmpty())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("not to be null");
  }

  @Test
  @SuppressWarnings("NullAway") // passes null on purpose
  void badArgumentsThrowIllegalArgumentException() {
    ProcessTreeAssert tree = assertThat(treeOfASleep());

    assertThatThrownBy(() -> tree.hasSize(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> tree.contains(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> tree.doesNotContain(null)).isInstanceOf(NullPointerException.class);
  }
}
