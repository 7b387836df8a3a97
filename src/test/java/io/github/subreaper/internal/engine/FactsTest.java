package io.github.subreaper.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.engine.journal.Fact;
import io.github.subreaper.internal.engine.journal.FactLog;
import io.github.subreaper.internal.engine.journal.FactReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FactsTest {
  private final FactLog log = new FactLog(Path.of("unused"));
  private final Facts facts = new Facts(new RecordLock(), log);

  @Test
  void firstOfSeveralIncompleteScansIsToldAndTheNextAfterACompleteOne() {
    facts.scanned(true);
    facts.scanned(false);
    facts.scanned(false);
    facts.scanned(true);
    facts.scanned(false);
    List<Fact.Kind> told = new ArrayList<>();
    try (FactReader reader = log.read(0)) {
      for (Fact fact = reader.next(); fact != null; fact = reader.next()) {
        told.add(fact.kind());
      }
    }
    assertThat(told).containsExactly(Fact.Kind.SCAN_INCOMPLETE, Fact.Kind.SCAN_INCOMPLETE);
  }
}
