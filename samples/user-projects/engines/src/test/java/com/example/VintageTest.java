package com.example;

import org.junit.After;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.ExternalResource;

public class VintageTest {
  private Process own;

  @Rule
  public final ExternalResource server =
      new ExternalResource() {
        private Process process;

        @Override
        protected void before() throws Exception {
          process = Leak.child(7209);
        }

        @Override
        protected void after() {
          process.destroyForcibly();
        }
      };

  @After
  public void stop() throws Exception {
    if (own != null) {
      Leak.stop(own);
    }
  }

  @Test
  public void leaks() throws Exception {
    Leak.child(7201);
    Leak.daemon(7202);
  }

  @Test
  public void leaksNothing() throws Exception {
    own = Leak.child(7208);
  }
}
