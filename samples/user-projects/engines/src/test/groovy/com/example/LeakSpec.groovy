package com.example

import spock.lang.Specification

class LeakSpec extends Specification {
  Process own

  def cleanup() {
    if (own != null) {
      Leak.stop(own)
    }
  }

  def "leaks #what"() {
    when:
    seconds == 7401 ? Leak.child(seconds) : Leak.daemon(seconds)

    then:
    true

    where:
    what       | seconds
    "a child"  | 7401
    "a daemon" | 7402
  }

  def "leaks nothing"() {
    expect:
    (own = Leak.child(7409)).alive
  }
}
