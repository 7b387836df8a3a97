package io.github.subreaper.internal.junit.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.text.GlobMatcher;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a baseline and an advice name a process. */
class ProcessGlobTest {
  @ParameterizedTest(name = "{1}: {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "postgres | postgres -D /tmp/pg | postgres*",
        "java | /opt/jdk/bin/java -cp a.jar:b.jar org.acme.Server 8080 | java *org.acme.Server*",
        "java | java -Xmx1g -jar /tmp/surefire/surefirebooter-2026-1.jar | java *surefirebooter*",
        "java | java -version | java*",
        "sh | sh -c sleep_60;:; | sh *sleep*",
        "bash | /bin/bash /usr/lib/postgresql/16/bin/pg_ctl start | bash *pg_ctl*",
        "python3.11 | python3.11 -m http.server 8000 | python3.11 *http.server*",
        "python3 | python3 /x/9.py | python3*",
        "sh | a_title_of_its_own | sh*",
        "wei*rd | wei*rd -x | wei\\*rd*",
      })
  void globNamesWhatAnInterpreterRuns(String name, String command, String glob) {
    List<String> words = Arrays.asList(command.split(" "));
    assertThat(ProcessGlob.of(name, words)).isEqualTo(glob);
    assertThat(new GlobMatcher(glob).matches(name, words)).isTrue();
  }

  /** The file of known leaks goes into git. */
  @Test
  void globOfAScriptHasItsFirstWordOnly() {
    assertThat(ProcessGlob.of("sh", List.of("sh", "-c", "/bin/server --key /SECRET > /dev/null")))
        .isEqualTo("sh *server*");
    assertThat(ProcessGlob.of("sh", List.of("sh", "-c", "TOKEN=/SECRET exec server")))
        .isEqualTo("sh *TOKEN*");
  }
}
