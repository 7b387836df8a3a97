package com.example;

import org.testng.annotations.AfterMethod;
import org.testng.annotations.BeforeMethod;
import org.testng.annotations.Test;

/** TestNG's engine says that a test has ended before its configuration methods have run. */
public class TestNgCleanupTest {
  private Process before;
  private Process own;

  @BeforeMethod
  public void start() throws Exception {
    before = Leak.child(7308);
  }

  @AfterMethod
  public void stop() throws Exception {
    Leak.stop(before);
    if (own != null) {
      Leak.stop(own);
      own = null;
    }
  }

  @Test(priority = 1)
  public void stopsAfterwards() throws Exception {
    own = Leak.child(7307);
  }

  @Test(priority = 2)
  public void leaks() throws Exception {
    Leak.child(7303);
  }

  @Test(priority = 3)
  public void leaksNothing() {}
}
