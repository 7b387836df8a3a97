package com.example

import io.github.subreaper.Program
import io.github.subreaper.crash.CrashRun
import io.github.subreaper.assertj.SubreaperAssertions.assertThat
import io.github.subreaper.junit.CrashTest
import java.nio.file.Path
import org.junit.jupiter.api.condition.EnabledIfSystemProperty
import org.junit.jupiter.api.io.TempDir

@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
class CounterTest {
  @TempDir lateinit var prepared: Path

  @CrashTest(cutWrites = true)
  fun `comes back from each point`(run: CrashRun) {
    val counter = Program.of("sh", "-c", "n=$(cat state || echo 0) && echo $((n + 1)) >new && mv new state")
    run.`in`(prepared).launch(counter).during { it.awaitExit() }
    run.recover { assertThat(it).exitsWith(0) }
  }
}
