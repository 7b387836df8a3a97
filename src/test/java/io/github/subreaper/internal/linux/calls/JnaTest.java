package io.github.subreaper.internal.linux.calls;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JnaTest {
  @Test
  void onlyAMissingFunctionIsCalledOne() {
    assertThat(Jna.unbound(new UnsatisfiedLinkError("Error looking up function 'waitid'")))
        .isEqualTo("the C library lacks a function: Error looking up function 'waitid'");
    assertThat(Jna.unbound(new OutOfMemoryError("unable to create native thread")))
        .isEqualTo("JNA cannot bind the C library: unable to create native thread");
  }
}
