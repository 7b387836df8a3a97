package io.github.subreaper.assertj;

import io.github.subreaper.assertj.Daemonization.Verdict;

/**
 * The outcome of one check of a convention.
 *
 * @param verdict whether the convention is kept
 * @param found the evidence, or why the convention is not tested
 */
record Outcome(Verdict verdict, String found) {
  static Outcome of(boolean kept, String found) {
    return new Outcome(kept ? Verdict.OK : Verdict.FAIL, found);
  }

  static Outcome ok(String found) {
    return new Outcome(Verdict.OK, found);
  }

  static Outcome fail(String found) {
    return new Outcome(Verdict.FAIL, found);
  }

  static Outcome notProven(String found) {
    return new Outcome(Verdict.NOT_PROVEN, found);
  }

  static Outcome notTested(String why) {
    return new Outcome(Verdict.NOT_TESTED, why);
  }
}
