package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.github.subreaper.internal.report.Recording.Mark;
import io.github.subreaper.internal.report.Recording.Proc;
import io.github.subreaper.internal.report.Recording.Source;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowsTest {

  @Test
  void eachProcessIsBelowItsParentInTheOrderOfBirths() {
    MadeRecording made = new MadeRecording();
    int a = made.exited(0, 10, 90, 0, "a");
    int b = made.exited(0, 5, 90, 0, "b");
    int late = made.exited(a, 30, 40, 0, "late");
    int early = made.exited(a, 20, 40, 0, "early");
    int deep = made.exited(early, 25, 40, 0, "deep");

    Rows rows = Rows.of(made.make(), 500);

    assertThat(rows.list()).extracting(Row::id).containsExactly(b, a, early, deep, late);
    assertThat(rows.list()).extracting(Row::depth).containsExactly(0, 0, 1, 2, 1);
    assertThat(rows.list()).extracting(Row::parent).containsExactly(0, 0, a, early, a);
    assertThat(rows.rule()).isEmpty();
  }

  @Test
  void likeProcessesFoldBeyondTheLimitOnly() {
    MadeRecording made = new MadeRecording();
    int server = made.exited(0, 0, 90, 0, "server");
    for (int i = 0; i < 9; i++) {
      made.exited(server, i, i + 10, i % 3 == 0 ? 1 : 0, "worker");
    }

    assertThat(Rows.of(made.make(), 10).list()).hasSize(10);
    Rows folded = Rows.of(made.make(), 9);

    assertThat(folded.list())
        .extracting(row -> row.processes().size(), Row::ends)
        .containsExactly(tuple(1, "exited 0"), tuple(3, "exited 1"), tuple(6, "exited 0"));
    assertThat(folded.rule()).isEqualTo("parent, command line and end");
    assertThat(folded.processes()).isEqualTo(10);
  }

  @Test
  void leakIsNotHiddenAmongLikeProcesses() {
    MadeRecording made = new MadeRecording();
    for (int i = 0; i < 9; i++) {
      made.alive(0, i, i == 4 ? Set.of(Mark.LEAKED) : Set.of(), "worker");
    }

    assertThat(Rows.of(made.make(), 5).list())
        .extracting(Row::warnings)
        .containsExactly(List.of(), List.of("leaked"));
  }

  @Test
  void childrenOfFoldedProcessesFoldAsWell() {
    MadeRecording made = new MadeRecording();
    for (int i = 0; i < 9; i++) {
      made.exited(made.exited(0, i, 50, 0, "sh"), i + 1, 40, 0, "sleep");
    }

    assertThat(Rows.of(made.make(), 10).list())
        .extracting(Row::who, Row::depth)
        .containsExactly(tuple("9 ×", 0), tuple("9 ×", 1));
  }

  @Test
  void programDecidesWhereEachCommandLineDiffers() {
    MadeRecording made = new MadeRecording();
    for (int i = 0; i < 9; i++) {
      made.exited(0, i, 50, 0, i < 4 ? "cp" : "mv", "file" + i);
    }

    Rows rows = Rows.of(made.make(), 5);

    assertThat(rows.list())
        .extracting(Row::title)
        .containsExactly("cp file0, and others", "mv file4, and others");
    assertThat(rows.rule()).isEqualTo("parent, program and end");
  }

  @Test
  void processesOfDifferentScopesStayApart() {
    MadeRecording made = new MadeRecording();
    for (int i = 0; i < 9; i++) {
      made.scope(i < 4 ? "one" : "another").exited(0, i, 50, 0, "true");
    }

    assertThat(Rows.of(made.make(), 5).list())
        .extracting(Row::who, row -> row.first().scope())
        .containsExactly(tuple("4 ×", "one"), tuple("5 ×", "another"));
  }

  @Test
  void endAloneDecidesWhereEachProgramDiffers() {
    MadeRecording made = new MadeRecording();
    for (int i = 0; i < 9; i++) {
      made.exited(0, i, 50, i % 2, "program" + i);
    }

    Rows rows = Rows.of(made.make(), 5);

    assertThat(rows.list()).extracting(Row::ends).containsExactly("exited 0", "exited 1");
    assertThat(rows.rule()).isEqualTo("parent and end");
  }

  @Test
  void restOfAVeryLongChainIsOneLine() {
    MadeRecording made = new MadeRecording();
    int parent = 0;
    for (int i = 0; i < 20_000; i++) {
      parent = made.exited(parent, i, 50_000, 0, "sh");
    }

    Rows rows = Rows.of(made.make(), 500);

    assertThat(rows.list()).hasSize(500);
    assertThat(rows.list().get(499).processes()).hasSize(19_501);
    assertThat(rows.rule()).contains("is one line");
    Row last = rows.of(parent);
    assertThat(last).isSameAs(rows.list().get(499));
  }

  @Test
  void fileWithWrongParentsLosesNoProcess() {
    Recording recording =
        new MadeRecording()
            .process(proc(1, 2)) // a circle
            .process(proc(2, 1))
            .process(proc(3, 3)) // its own parent
            .process(proc(4, 77)) // a parent that is missing
            .process(proc(2, 0)) // the same number once more
            .make();

    assertThat(Rows.of(recording, 500).list())
        .extracting(Row::id)
        .containsExactlyInAnyOrder(1, 2, 3, 4);
    assertThat(Rows.of(recording, 1).list().get(0).processes()).hasSize(4);
  }

  private static Proc proc(int number, int parent) {
    return new Proc(
        number,
        100 + number,
        parent,
        "sh",
        number,
        Source.SCAN,
        null,
        null,
        List.of(),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        Set.of());
  }
}
