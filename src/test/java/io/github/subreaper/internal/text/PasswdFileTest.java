package io.github.subreaper.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasswdFileTest {
  @TempDir Path directory;

  @Test
  void firstNameOfANumberCounts() throws IOException {
    Path passwd =
        Files.writeString(
            directory.resolve("passwd"),
            "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nme:x:4294967294:1::/:\n");

    PasswdFile names = PasswdFile.of(passwd);

    assertThat(names.name(0)).isEqualTo("root");
    assertThat(names.name(-2)).isEqualTo("me");
    assertThat(names.name(1)).isNull();
    assertThat(names.names()).containsExactly("root", "toor", "me");
  }

  @Test
  void whatIsNoUserIsPassedOver() throws IOException {
    Path passwd =
        Files.write(
            directory.resolve("passwd"),
            "+::::::\n\n:x:7:\nx:y\nno:x:seven:7\n\u00ff:x:8:8\n"
                .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));

    PasswdFile names = PasswdFile.of(passwd);

    assertThat(names.name(7)).isNull();
    assertThat(names.name(8)).isEqualTo("\u00ff");
  }

  @Test
  void withoutAFileThereAreNoNames() {
    assertThat(PasswdFile.of(directory.resolve("missing")).name(0)).isNull();
    assertThat(PasswdFile.of(directory).name(0)).isNull();
  }
}
