package io.github.subreaper.assertj;

import io.github.subreaper.ExitStatus;

/** Leads from an assertion on a process to assertions on its status. */
interface Navigation {
  /** Returns the assertions, or throws the failure. */
  Navigation HARD =
      new Navigation() {
        @Override
        public ExitStatusAssert to(ExitStatus status) {
          return new ExitStatusAssert(status);
        }

        @Override
        public ExitStatusAssert withoutStatus(AssertionError failure) {
          throw failure;
        }
      };

  ExitStatusAssert to(ExitStatus status);

  ExitStatusAssert withoutStatus(AssertionError failure);
}
