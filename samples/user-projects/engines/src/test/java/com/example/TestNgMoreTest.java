package com.example;

import org.testng.annotations.DataProvider;
import org.testng.annotations.Test;

public class TestNgMoreTest {
  private static boolean ran;

  /** If it failed, the next one would not run. */
  @Test
  public void leaksBeforeAnother() throws Exception {
    Leak.child(7304);
  }

  @Test(dependsOnMethods = "leaksBeforeAnother")
  public void depends() {
    ran = true;
  }

  @Test(dependsOnMethods = "depends", alwaysRun = true)
  public void leaksNothing() {
    if (!ran) {
      throw new AssertionError("the guard kept a test from running");
    }
  }

  @Test(expectedExceptions = IllegalStateException.class)
  public void leaksAndThrows() throws Exception {
    Leak.child(7305);
    throw new IllegalStateException("expected");
  }

  @DataProvider
  public Object[][] seconds() {
    return new Object[][] {{0}, {7306}};
  }

  @Test(dataProvider = "seconds")
  public void leaksOfData(int seconds) throws Exception {
    if (seconds > 0) {
      Leak.child(seconds);
    }
  }
}
