package io.github.subreaper.assertj;

import io.github.subreaper.ExitStatus;

/** Where an assertion that ends in a status leads. */
interface Navigation {
  /** To the status, or no further at all. */
  Navigation HARD =
      new Navigation() {
        @Override
        public ExitStatusAssert to(ExitStatus status) {
          return new ExitStatusAssert(status);
        }

        @Override
        public ExitStatusAssert after(AssertionError failure) {
          throw failure;
        }
      };

  ExitStatusAssert to(ExitStatus status);

  ExitStatusAssert after(AssertionError failure);
}
