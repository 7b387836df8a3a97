package io.github.subreaper.internal.assertj.shapes;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The messages of failures, and trees and patterns of any size. */
@Timeout(60)
class ShapeTest {

  private static String failure(String pattern, MadeNode... roots) {
    ShapeMatch match = Shape.parse(pattern).match(List.of(roots));
    assertThat(match.isMatch()).isFalse();
    return match.marks().tree() + "\nto have the shape:\n" + match.marks().pattern() + "\n";
  }

  private static final MadeNode ORPHAN =
      MadeNode.of("nginx: master process /usr/sbin/nginx -c t.conf")
          .with(ShapeAttribute.Flag.ORPHAN);

  @Test
  void extraAndMissingProcessesAreMarkedOnTheirLines() {
    MadeNode tree =
        ORPHAN.below(
            List.of(
                MadeNode.of("nginx: worker process"), MadeNode.of("nginx: cache manager process")));

    assertThat(
            failure(
                """
                nginx: master process * [orphan]
                  nginx: worker process {2}
                """,
                tree))
        .isEqualTo(
            """
               nginx: master process /usr/sbin/nginx -c t.conf [orphan]
                 nginx: worker process
                 nginx: cache manager process  ← not in the pattern
            to have the shape:
               nginx: master process * [orphan]
                 nginx: worker process {2}     ← found 1 of 2
            """);
  }

  @Test
  void processesBelowOneThatIsNotInThePatternAreMarkedToo() {
    assertThat(failure("a", MadeNode.of("a"), MadeNode.of("b", MadeNode.of("c"))))
        .isEqualTo(
            """
               a
               b    ← not in the pattern
                 c  ← not in the pattern
            to have the shape:
               a
            """);
  }

  @Test
  void processesBeyondTheNumberOfALineAreTooMany() {
    assertThat(failure("a {1,2}", MadeNode.of("a 1"), MadeNode.of("a 2"), MadeNode.of("a 3")))
        .isEqualTo(
            """
               a 1
               a 2
               a 3      ← too many
            to have the shape:
               a {1,2}  ← found 3 of 1 to 2
            """);
  }

  @Test
  void aLineWithoutAMatchIsMissingAndTheLinesBelowItAreNotMarked() {
    assertThat(failure("a\nb\n  c {2,}\nd {3}", MadeNode.of("a")))
        .isEqualTo(
            """
               a
            to have the shape:
               a
               b      ← missing
                 c {2,}
               d {3}  ← found 0 of 3
            """);
  }

  @Test
  void anEmptyTreeMatchesAnEmptyPattern() {
    assertThat(failure("a")).isEqualTo("   (nothing)\nto have the shape:\n   a  ← missing\n");
    assertThat(failure("", MadeNode.of("a")))
        .isEqualTo("   a  ← not in the pattern\nto have the shape:\n   (nothing)\n");
  }

  @Test
  void wrongAttributesAreMarkedWithTheActualOnes() {
    assertThat(
            failure(
                "a [orphan, session leader, stopped, uid=nobody, cwd=/, listens=80]\n  b {2}",
                MadeNode.of("a", MadeNode.of("b"))
                    .with(
                        new ShapeAttribute.User("root"),
                        new ShapeAttribute.Directory("/tmp"),
                        new ShapeAttribute.Socket("/run/a"))))
        .isEqualTo(
            """
               a                                                                   ← is not an orphan, \
            leads no session, is not stopped, runs as root (uid 0), works in /tmp, listens on /run/a
                 b
            to have the shape:
               a [orphan, session leader, stopped, uid=nobody, cwd=/, listens=80]  ← found 0 of 1 \
            with these attributes
                 b {2}                                                             ← found 1 of 2
            """);
  }

  @Test
  void withOthersAllowedTheMarkIsStillOnTheClosestProcess() {
    assertThat(failure("a [orphan]\n...", MadeNode.of("a"), MadeNode.of("b")))
        .isEqualTo(
            """
               a           ← is not an orphan
               b
            to have the shape:
               a [orphan]  ← found 0 of 1 with these attributes
               ...
            """);
    assertThat(failure("a\n  b\n  c\n...", MadeNode.of("x"), MadeNode.of("a")))
        .isEqualTo(
            """
               x
               a
            to have the shape:
               a
                 b  ← missing
                 c  ← missing
               ...
            """);
  }

  @Test
  void aLineBelowOneThatMatchesSeveralSaysInHowManyPlacesItIsWrong() {
    assertThat(
            failure(
                "a * {3}\n  b {2}",
                MadeNode.of("a 1", MadeNode.of("b"), MadeNode.of("b")),
                MadeNode.of("a 2", MadeNode.of("b")),
                MadeNode.of("a 3", MadeNode.of("b"), MadeNode.of("b"))))
        .endsWith("  b {2}  ← found 1 of 2, in 1 of 3 places\n");
  }

  @Test
  void overlappingLinesAreAssignedSoThatTheFewestProcessesAreLeftOver() {
    List<MadeNode> tree =
        List.of(
            MadeNode.of("worker 1"),
            MadeNode.of("worker 2", MadeNode.of("helper")),
            MadeNode.of("worker 3"));
    for (String pattern :
        List.of(
            "worker *\nworker *\n  helper\nworker 1",
            "w*\n  *\nw* {1,5}\nworker 3",
            "*\n*\n*\n  ...",
            "... \nworker 2\n  ...\nw* {2}")) {
      assertThat(Shape.parse(pattern).match(tree).isMatch()).as(pattern).isTrue();
    }
    assertThat(
            failure(
                "worker *\nworker 1\nworker 4", MadeNode.of("worker 1"), MadeNode.of("worker 2")))
        .isEqualTo(
            """
               worker 1
               worker 2
            to have the shape:
               worker *
               worker 1
               worker 4  ← missing
            """);
  }

  @Test
  void equalLinesAreFilledOneAfterTheOther() {
    assertThat(failure("a\na {2}\na", MadeNode.of("a"), MadeNode.of("a")))
        .isEqualTo(
            """
               a
               a
            to have the shape:
               a
               a {2}  ← found 1 of 2
               a      ← missing
            """);
  }

  @Test
  void marksAreRemarksSoAFailureIsAPattern() {
    MadeNode tree = MadeNode.of("a *", MadeNode.of("b ]"), MadeNode.of("c ← d"));
    ShapeMatch match = Shape.parse("x").match(List.of(tree));
    String shown = match.marks().tree();
    assertThat(shown.lines()).hasSize(3).allMatch(line -> line.contains("  ← not in the pattern"));
    assertThat(Shape.parse(shown).match(List.of(tree)).isMatch()).isTrue();
  }

  @Test
  void controlCharactersOfThePatternAreEscapedToo() {
    String escape = "a\u001b]0;owned\u0007\u202e";
    assertThat(failure(escape, MadeNode.of("b"))).contains("a\\x1b]0;owned\\x07\\x{202e}");
    assertThat(Shape.parse(escape).match(List.of(MadeNode.of(escape))).isMatch()).isTrue();
  }

  // size ----------------------------------------------------------------------------------------

  private static List<MadeNode> siblings(int count, String name) {
    List<MadeNode> siblings = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      siblings.add(MadeNode.of(name.replace("#", String.valueOf(i))));
    }
    return siblings;
  }

  private static boolean matches(String pattern, List<MadeNode> tree) {
    ShapeMatch match = Shape.parse(pattern).match(tree);
    assertThat(match.marks().tree()).isNotEmpty();
    return match.isMatch();
  }

  @Test
  void aThousandSiblingsAreAssignedToOverlappingLines() {
    List<MadeNode> tree = siblings(1000, "worker #");
    assertThat(matches("*\nw* {10,}\nworker 1* {100}\n*9 {100}\nworker * {1,500}\n?* {1,}", tree))
        .isTrue();
    assertThat(matches("worker 1* {111}\nworker * {889}", tree)).isTrue();
    assertThat(matches("worker 1* {112}\nworker * {888}", tree)).isFalse();
    assertThat(matches("* {999}", tree)).isFalse();
  }

  @Test
  void aPrintedThousandMatchesItself() {
    for (String name : List.of("worker", "worker #")) {
      List<MadeNode> tree = siblings(1000, name);
      assertThat(matches(MadeNode.shape(tree), tree)).isTrue();
      assertThat(matches(MadeNode.shape(tree), tree.subList(1, 1000))).isFalse();
    }
  }

  @Test
  void aThousandDifferentLinesMayEachMatchAnyOfAThousandProcesses() {
    List<MadeNode> tree = siblings(300, "worker");
    StringBuilder pattern = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      pattern.append("w").append("*".repeat(1 + i)).append('\n');
    }
    assertThat(matches(pattern.toString(), tree)).isTrue();
    assertThat(matches(pattern + "x", tree)).isFalse();
  }

  @Test
  void aChainOfThousandsDoesNotOverflowTheStack() {
    MadeNode chain = MadeNode.of("sh");
    StringBuilder pattern = new StringBuilder("sh\n");
    for (int i = 1; i < 3000; i++) {
      chain = MadeNode.of("sh", chain);
      pattern.append(" ".repeat(i)).append("sh\n");
    }
    List<MadeNode> tree = List.of(chain);
    assertThat(Shape.parse(pattern.toString()).match(tree).isMatch()).isTrue();
    ShapeMatch longer = Shape.parse(pattern + " ".repeat(3000) + "sh\n").match(tree);
    assertThat(longer.isMatch()).isFalse();
    assertThat(longer.marks().pattern()).endsWith("sh  ← missing");
  }

  @Test
  void aNameCannotMakeAPatternSlow() {
    String hostile = String.join("", Collections.nCopies(5000, "a"));
    String stars = String.join("a", Collections.nCopies(60, "*"));
    assertThat(matches(stars + "b", List.of(MadeNode.of(hostile)))).isFalse();
    assertThat(matches(stars, List.of(MadeNode.of(hostile)))).isTrue();
  }
}
