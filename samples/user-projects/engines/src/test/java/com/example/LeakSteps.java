package com.example;

import io.cucumber.java.After;
import io.cucumber.java.en.When;

public class LeakSteps {
  private Process own;

  @When("a child and a daemon are started")
  public void leaks() throws Exception {
    Leak.child(7501);
    Leak.daemon(7502);
  }

  @When("a child is started that a hook stops")
  public void stopsAfterwards() throws Exception {
    own = Leak.child(7509);
  }

  @After
  public void stop() throws Exception {
    if (own != null) {
      Leak.stop(own);
    }
  }
}
