package io.github.subreaper.junit;

/** What a test does on a system that cannot adopt orphans, such as one that is not Linux. */
public enum Unsupported {
  /** Not said here: the next level says it, in the end {@link #FAIL}. */
  DEFAULT,
  /** It fails, with the reason. */
  FAIL,
  /** It is skipped, with the reason. On a class: the whole class is. */
  SKIP
}
