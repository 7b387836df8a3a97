package io.github.subreaper.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.ScopeOptions;
import io.github.subreaper.internal.junit.settings.BaselineLine;
import io.github.subreaper.internal.junit.settings.DurationSyntax;
import io.github.subreaper.pages.Page;
import java.io.IOException;
import java.io.StringReader;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What README.md and SETTINGS.md say, other than Java: {@code ExamplesTest} runs that. */
class ReadmeTest {

  private static Page.Block block(String chapter, String language) throws IOException {
    List<Page.Block> blocks =
        Page.read("README.md").blocks().stream()
            .filter(block -> block.chapter().equals(chapter) && block.language().equals(language))
            .toList();
    assertThat(blocks).as(language + " below " + chapter).hasSize(1);
    return blocks.get(0);
  }

  /** Returns the text of the first element of this name. */
  private static String element(String xml, String name) {
    return xml.replaceFirst("(?s).*?<" + name + ">(.*?)</" + name + ">.*", "$1");
  }

  @Test
  void firstDependencyIsThisModuleInThisVersion() throws IOException {
    String dependency = element(block("Install", "xml").code(), "dependency");
    String pom = Files.readString(Path.of("pom.xml"));
    String parent = element(pom, "parent");

    assertThat(element(dependency, "groupId")).isEqualTo(element(parent, "groupId"));
    assertThat(element(dependency, "artifactId"))
        .isEqualTo(element(pom.replace(parent, ""), "artifactId"));
    assertThat(element(dependency, "version")).isEqualTo(element(parent, "version"));
    assertThat(element(dependency, "scope")).isEqualTo("test");
  }

  @Test
  void quickstartIsAProfileThatRunsInThePhaseOfTheCommand() throws IOException {
    String command = block("Two commands", "").code().lines().findFirst().orElseThrow();
    String pom = Files.readString(Path.of("../samples/pom.xml"));
    String profile = pom.substring(pom.indexOf("<id>quickstart</id>"));

    assertThat(command)
        .startsWith("mvn -q -Pquickstart " + element(profile, "phase") + " ")
        .contains("-Dcommand=");
    assertThat(element(profile, "commandlineArgs")).endsWith(".samples.Quickstart ${command}");
  }

  private static Properties twoLines() throws IOException {
    Properties lines = new Properties();
    lines.load(new StringReader(block("Guard the suite that you have", "properties").code()));
    assertThat(lines).hasSize(2);
    return lines;
  }

  private static ChildJvm.Output runLeaking(Properties parameters) {
    ChildJvm child = ChildJvm.tests(PlatformGuardTest.JupiterTestCases.class);
    for (String name : parameters.stringPropertyNames()) {
      child = child.with(RunTests.PREFIX + name, parameters.getProperty(name));
    }
    return child.run();
  }

  @Test
  void twoLinesFailATestThatLeaksAndNameTheLeak() throws IOException {
    ChildJvm.Output output = runLeaking(twoLines());

    Processes.assertEnded(output.number("pid"));
    assertThat(output.text())
        .contains("FAILED leaks(): io.github.subreaper.junit.LeakedProcessesError: ")
        .contains("left sleep running", output.number("pid") + " sleep 1000");
  }

  @Test
  void eachOfTheTwoLinesIsNeeded() throws IOException {
    Properties unguarded = twoLines();
    unguarded.remove("subreaper.guard");
    ChildJvm.Output output = runLeaking(unguarded);
    assertThat(output.text()).contains("SUCCESSFUL leaks()");
    Processes.endLeftBehind(output.number("pid"));

    Properties lines = twoLines();
    assertThat(onAMac(lines)).contains("SUCCESSFUL test()").doesNotContain("FAILED");
    assertThat(lines.remove("subreaper.unsupported")).isEqualTo("UNGUARDED");
    assertThat(onAMac(lines)).contains("FAILED test()");
  }

  @Test
  void runThatWritesTheKnownLeaksIsFollowedByOneThatPasses(@TempDir Path directory)
      throws IOException {
    Kit kit = Kit.with(RegistrationTest.AUTO_DETECTION, "true");
    String chapter = "A suite that leaks today";
    for (String word : block(chapter, "").code().strip().split(" ", -1)) {
      if (word.startsWith("-D")) {
        String[] parts = word.substring(2).split("=", 2);
        boolean file = parts[0].equals("subreaper.baseline");
        kit = kit.and(parts[0], file ? directory.resolve(parts[1]).toString() : parts[1]);
      }
    }
    kit.start(LeakPolicyTest.UnguardedTestCases.class).assertPassed();
    kit.and("subreaper.baseline.update", "false")
        .start(LeakPolicyTest.UnguardedTestCases.class)
        .assertPassed();

    BaselineLine line = Objects.requireNonNull(BaselineLine.read(block(chapter, "text").code()));
    assertThat(line.text()).isEqualTo("BillingTest.* postgres*");
    assertThat(line.isAbout("BillingTest.starts()")).isTrue();
  }

  private static String onAMac(Properties parameters) {
    ChildJvm child = ChildJvm.tests(HarmlessTestCases.class).with("os.name", "Mac OS X");
    for (String name : parameters.stringPropertyNames()) {
      child = child.with(name, parameters.getProperty(name));
    }
    return child.run().assertExit(0).text();
  }

  static class HarmlessTestCases {
    @Test
    void test() {}
  }

  private static List<List<String>> settings() throws IOException {
    return Page.read("src/docs/SETTINGS.md").rows("Of a test");
  }

  @Test
  void tableOfSettingsHasAllOfThem() throws IOException {
    List<String> settings = settings().stream().map(cells -> cells.get(0)).toList();
    Stream<String> attributes =
        Arrays.stream(SubreaperTest.class.getDeclaredMethods()).map(Method::getName);

    assertThat(settings)
        .containsExactlyInAnyOrderElementsOf(attributes.map(name -> "`" + name + "`").toList());
    for (List<String> cells : settings()) {
      String name = cells.get(0).replace("`", "");
      assertThat(cells.get(1)).isEqualTo("`subreaper." + name + "`");
      assertThat(Arrays.stream(SubreaperExtension.Builder.class.getMethods()).map(Method::getName))
          .contains(name);
    }
  }

  @Test
  void tableOfSettingsHasTheirDefaultsAndValues() throws IOException {
    ScopeOptions defaults = ScopeOptions.defaults();
    Map<String, Duration> durations =
        Map.of(
            "`settle`", defaults.settle(),
            "`grace`", defaults.grace(),
            "`await`", defaults.await());
    Map<String, Object[]> values =
        Map.of(
            "`leaks`", Leaks.values(),
            "`unsupported`", Unsupported.values(),
            "`reports`", Reports.values());
    for (List<String> cells : settings()) {
      String name = cells.get(0);
      String value = cells.get(2).replace("`", "");
      if (durations.containsKey(name)) {
        assertThat(DurationSyntax.parse(value)).as(name).isEqualTo(durations.get(name));
      }
      for (Object one : values.getOrDefault(name, new Object[0])) {
        assertThat(one + " " + cells.get(3)).containsPattern("^DEFAULT |^(\\w+) .*`\\1`");
      }
    }
  }
}
