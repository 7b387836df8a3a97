package io.github.subreaper.internal.engine.values;

/** Why a process belongs to an outer scope than that in which it was born. */
public enum Handover {
  /** It matches a survivors glob. */
  SURVIVOR,
  /** It is a leak of its scope, and is to be terminated later. */
  JUDGED,
  /** Its scope has not judged it. */
  UNJUDGED
}
