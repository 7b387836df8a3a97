package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.subreaper.Supervisor;
import io.github.subreaper.junit.SubreaperTest;
import org.junit.jupiter.api.Test;

/** The other tests of this project run on the module path, and not on the class path. */
class ModulesTest {

  @Test
  void testsAndLibraryAreModules() {
    assertThat(getClass().getModule().getName()).isEqualTo("com.example");
    assertThat(Supervisor.class.getModule().getName()).isEqualTo("io.github.subreaper");
    assertThat(Supervisor.class.getModule().getDescriptor().isAutomatic()).isFalse();
    assertThat(SubreaperTest.class.getModule().getName()).isEqualTo("io.github.subreaper.junit");
  }
}
