package com.example;

import org.junit.jupiter.api.Test;

public class JupiterTest {
  @Test
  public void leaks() throws Exception {
    Leak.child(7101);
    Leak.daemon(7102);
  }

  @Test
  public void leaksNothing() throws Exception {
    new ProcessBuilder("true").start().waitFor();
  }
}
