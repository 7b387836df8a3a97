package io.github.subreaper.internal.engine.crash;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PathNamesTest {
  private final PathNames names = new PathNames();

  @Test
  void pidsOfTheTreeAreReplacedAndOtherNumbersStay() {
    names.add(4711);
    names.add(7);
    assertThat(names.normal("run/4711.pid")).isEqualTo("run/{pid}.pid");
    assertThat(names.normal("4711/fd-4711-47110")).isEqualTo("{pid}/fd-{pid}-47110");
    assertThat(names.normal("wal.7")).isEqualTo("wal.7");
    assertThat(names.normal("wal.000000010")).isEqualTo("wal.000000010");
  }

  @ParameterizedTest
  @CsvSource({
    "a/file.aB3dEf, a/file.{random}",
    "a/file-XyZabc, a/file-{random}",
    "a_abcde1 -> a, a_{random} -> a",
    "dir.1bcdef/x, dir.{random}/x",
    "sedAb12Cd, sed{random}",
    "tmp.Ab12Cd34Ef/x, tmp.{random}/x",
    "tmpk3en6sh1 -> pid, tmp{random} -> pid",
    "a/tmp_egicwu4.json, a/tmp{random}.json",
    "tmpdir/x, tmpdir/x",
    "a/file.backup, a/file.backup",
    "db/MANIFEST-000004, db/MANIFEST-000004",
    "a/README.HEADER, a/README.HEADER",
    "aB3dEf, aB3dEf",
    "a.sha256sum, a.sha256sum",
    "., ."
  })
  void suffixesOfMkstempAreReplaced(String path, String normal) {
    assertThat(names.normal(path)).isEqualTo(normal);
  }
}
