package com.example

import spock.lang.Rollup
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

  @Rollup
  def "leaks nothing in #process.pid()"() {
    expect:
    process.alive

    cleanup:
    Leak.stop(process)

    where:
    process << [Leak.child(7408), Leak.child(7407)]
  }

  def "leaks nothing"() {
    expect:
    (own = Leak.child(7409)).alive
  }
}
