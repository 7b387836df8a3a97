package io.github.subreaper.internal.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.commons.util.ReflectionUtils;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * The reports of samples are as they were approved. After a change that is meant, {@code
 * -Dreports.approve=src/test/resources} writes them anew.
 */
@Tag("full") // these tests run by themselves, too
class SampleReportsTest {
  private static final String PACKAGE = "io.github.subreaper.samples.";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MemcachedTest#daemonAnswersOnThePortThatItGot",
        "NginxTest#killedMasterLeavesItsWorkerToThisJvm",
        "NginxTest#daemonIsAdoptedWithItsWorker",
        "RedisTest#daemonIsAdoptedAndAnswers",
        "SshAgentTest#daemonIsTheProcessThatItsLauncherNames",
      })
  void reportOfASampleIsAsApproved(String sample, @TempDir Path directory) throws IOException {
    TestExecutionSummary summary = run(sample, directory);
    assumeThat(summary.getTestsAbortedCount()).as("%s was skipped", sample).isZero();
    assertThat(summary.getFailures()).isEmpty();

    String name = PACKAGE + sample.replace('#', '.');
    String lines = Files.readString(directory.resolve(name + "-processes.jsonl"));

    assertApproved(sample, "processes.jsonl", Normalized.lines(lines));
  }

  private static TestExecutionSummary run(String sample, Path directory) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectMethod(methodOf(sample)))
            .configurationParameter("subreaper.reports", "ALWAYS")
            .configurationParameter("subreaper.directory", directory.toString())
            .build();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(request, listener);
    return listener.getSummary();
  }

  /** Its name in full, with its parameters. */
  private static String methodOf(String sample) {
    String type = PACKAGE + sample.substring(0, sample.indexOf('#'));
    String name = sample.substring(sample.indexOf('#') + 1);
    Method method =
        ReflectionUtils.findMethods(
                ReflectionUtils.loadRequiredClass(type, SampleReportsTest.class.getClassLoader()),
                one -> one.getName().equals(name))
            .get(0);
    return ReflectionUtils.getFullyQualifiedMethodName(method.getDeclaringClass(), method);
  }

  private static void assertApproved(String sample, String kind, String text) throws IOException {
    String file = sample.replace('#', '.') + "-" + kind;
    String approve = System.getProperty("reports.approve");
    if (approve != null) {
      Path folder = Path.of(approve, SampleReportsTest.class.getPackageName().replace('.', '/'));
      Files.writeString(Files.createDirectories(folder).resolve(file), text);
      return;
    }
    try (InputStream golden = SampleReportsTest.class.getResourceAsStream(file)) {
      assertThat(golden).as("the approved %s", file).isNotNull();
      assertThat(text).isEqualTo(new String(golden.readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}
