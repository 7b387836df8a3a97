package com.example;

import org.testng.Assert;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.Test;

public class TestNgTest {
  private Process ofTheClass;

  @BeforeClass
  public void start() throws Exception {
    ofTheClass = Leak.child(7309);
  }

  @AfterClass
  public void stop() throws Exception {
    Leak.stop(ofTheClass);
  }

  @Test
  public void leaks() throws Exception {
    Leak.child(7301);
    Leak.daemon(7302);
  }

  @Test
  public void leaksNothing() {
    Assert.assertTrue(ofTheClass.isAlive());
  }
}
