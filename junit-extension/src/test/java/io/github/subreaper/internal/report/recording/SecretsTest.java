package io.github.subreaper.internal.report.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.report.recording.Recording.Command;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class SecretsTest {
  @Test
  void wordsThatNoRecordingHasRoomForAreMaskedUnseen() {
    List<String> words = new ArrayList<>(List.of("mysql", "-phunter"));
    words.addAll(Collections.nCopies(100_000, "-v"));

    List<String> masked = Secrets.with(List.of()).words(words);

    assertThat(masked).hasSize(words.size()).startsWith("mysql", "-p***", "-v").endsWith("***");
    assertThat(new Command(0, true, null, masked).words())
        .hasSize(256)
        .endsWith("… (99,747 more words)");
  }

  @Test
  void textIsCutWhereNoRecordingHasRoomForIt() {
    assertThat(Secrets.with(List.of()).text("--password x ".repeat(100_000)))
        .hasSizeLessThan(100_000);
  }
}
