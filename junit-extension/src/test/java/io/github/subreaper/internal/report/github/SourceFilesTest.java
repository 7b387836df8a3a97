package io.github.subreaper.internal.report.github;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.internal.report.github.SourceFiles.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceFilesTest {
  @TempDir Path workspace;

  @BeforeEach
  void makeSources() throws IOException {
    for (String file :
        new String[] {
          "billing/src/main/java/com/acme/Billing.java",
          "billing/src/test/java/com/acme/BillingTest.java",
          "billing/src/test/kotlin/com/acme/Kot.kt",
          "billing/src/test/kotlin/inner/Short.kt",
          "billing/src/it/groovy/com/acme/Spec.groovy",
          "billing/src/test/scala/com/acme/Sca.scala",
          "billing/src/test/java/Default.java",
          "billing/src/test/java/com/acme/Twice.java",
          "billing/src/main/java/com/acme/Twice.java",
          "shop/src/main/java/com/acme/Shop.java",
          "shop/src/main/java/com/acme/Billing.java",
          "a/src/main/java/com/acme/Both.java",
          "b/src/main/java/com/acme/Both.java",
          "shop/target/src/main/java/com/acme/Generated.java",
          ".git/src/main/java/com/acme/Hidden.java",
          "shop/src/main/resources/com/acme/Resource.java"
        }) {
      Path path = workspace.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, "");
    }
  }

  private @Nullable Place find(String element) {
    return new SourceFiles(workspace, workspace.resolve("billing").toString()).find(element);
  }

  @ParameterizedTest
  @CsvSource({
    "com.acme.Billing.start(Billing.java:88), billing/src/main/java/com/acme/Billing.java",
    "app//com.acme.Billing.start(Billing.java:88), billing/src/main/java/com/acme/Billing.java",
    "app/m@1.0/com.acme.Billing.start(Billing.java:88), billing/src/main/java/com/acme/Billing.java",
    "com.acme.Billing$Inner.<init>(Billing.java:88), billing/src/main/java/com/acme/Billing.java",
    "com.acme.Other.lambda$x$0(BillingTest.java:88), billing/src/test/java/com/acme/BillingTest.java",
    "com.acme.KotKt.f(Kot.kt:88), billing/src/test/kotlin/com/acme/Kot.kt",
    "com.acme.inner.ShortKt.f(Short.kt:88), billing/src/test/kotlin/inner/Short.kt",
    "com.acme.Spec.f(Spec.groovy:88), billing/src/it/groovy/com/acme/Spec.groovy",
    "com.acme.Sca.f(Sca.scala:88), billing/src/test/scala/com/acme/Sca.scala",
    "Default.f(Default.java:88), billing/src/test/java/Default.java",
    "com.acme.Billing.f(Billing.java:88) → Tool.f(Tool.java:9), billing/src/main/java/com/acme/Billing.java",
    "'com.acme.Billing.f(Billing.java:88), the latest of 2', billing/src/main/java/com/acme/Billing.java",
    "com.acme.Shop.f(Shop.java:88), shop/src/main/java/com/acme/Shop.java"
  })
  void fileIsFoundByPackageAndName(String element, String file) {
    assertThat(find(element)).isEqualTo(new Place(file, 88));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "com.acme.Twice.f(Twice.java:1)",
        "com.acme.Both.f(Both.java:1)",
        "com.acme.Generated.f(Generated.java:1)",
        "com.acme.Hidden.f(Hidden.java:1)",
        "com.acme.Resource.f(Resource.java:1)",
        "com.acme.Billing.start(Billing.java)",
        "com.acme.Billing.start(Native Method)",
        "com.acme.Billing.start(Billing.java:0)",
        "com.acme.Billing.start(Billing.java:99999999999)",
        "com.acme.Missing.f(Missing.java:1)",
        "com.acme.Billing.start(../Billing.java:1)",
        "x..y.z(..:1)",
        "",
        "no element"
      })
  void otherwiseNoFileIsNamed(String element) {
    assertThat(find(element)).isNull();
  }

  @Test
  void moduleMayBeAtTheTopAndTheWorkspaceALink() throws IOException {
    Path link = Files.createSymbolicLink(workspace.resolve("link"), workspace.resolve("billing"));

    assertThat(
            new SourceFiles(link, workspace.resolve("billing").toString())
                .find("com.acme.Billing.f(Billing.java:1)"))
        .isEqualTo(new Place("src/main/java/com/acme/Billing.java", 1));
  }

  @Test
  void fileOutsideOfTheWorkspaceIsNotNamed() {
    assertThat(
            new SourceFiles(workspace.resolve("shop"), workspace.resolve("billing").toString())
                .find("com.acme.BillingTest.f(BillingTest.java:1)"))
        .isNull();
  }

  @Test
  void missingDirectoriesAreNoFailure() {
    assertThat(
            new SourceFiles(workspace.resolve("x"), workspace.resolve("y").toString())
                .find("com.acme.Billing.f(Billing.java:1)"))
        .isNull();
  }
}
