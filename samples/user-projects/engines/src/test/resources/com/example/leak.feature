Feature: Processes
  Scenario: leaks
    When a child and a daemon are started

  Scenario: leaks nothing
    When a child is started that a hook stops
