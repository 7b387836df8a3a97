package io.github.subreaper.assertj;

import static io.github.subreaper.assertj.SubreaperAssertions.assertThat;

import io.github.subreaper.ProcessState;
import io.github.subreaper.internal.assertj.facts.Naming;
import io.github.subreaper.internal.report.text.Counts;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NamingTest {

  @Test
  void controlCharactersAreEscaped() {
    assertThat(Naming.printable("a\nb\tc\u001b[31md\u009b")).isEqualTo("a\\nb\\tc\\x1b[31md\\x9b");
  }

  @Test
  void aLongLineIsCut() {
    assertThat(Naming.printable("x".repeat(80))).isEqualTo("x".repeat(80));
    assertThat(Naming.printable("x".repeat(81))).isEqualTo("x".repeat(79) + "…");
    assertThat(Naming.printable("\u0001".repeat(50))).hasSize(80).endsWith("…");
  }

  @Test
  void shortDurationsHaveMoreDigits() {
    assertThat(Naming.of(Duration.ZERO)).isEqualTo("0.000 s");
    assertThat(Naming.of(Duration.ofMillis(12))).isEqualTo("0.012 s");
    assertThat(Naming.of(Duration.ofMillis(520))).isEqualTo("0.52 s");
    assertThat(Naming.of(Duration.ofMillis(1500))).isEqualTo("1.5 s");
    assertThat(Naming.of(Duration.ofDays(1))).isEqualTo("86400.0 s");
    assertThat(Naming.of(Duration.ofSeconds(Long.MAX_VALUE))).endsWith(" s");
  }

  @Test
  void amountsOfMemoryAreReadable() {
    assertThat(Counts.bytes(1023)).isEqualTo("1,023 bytes");
    assertThat(Counts.bytes(1536)).isEqualTo("1.5 KiB");
    assertThat(Counts.bytes(3 << 20)).isEqualTo("3.0 MiB");
  }

  @Test
  void masksAreOctalAndStatesAreWords() {
    assertThat(Naming.octal(027)).isEqualTo("0027");
    assertThat(Naming.of(ProcessState.FIRST_THREAD_ENDED)).isEqualTo("first thread ended");
  }
}
