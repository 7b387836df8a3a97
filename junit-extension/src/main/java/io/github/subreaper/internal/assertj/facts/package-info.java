/** What assertions look up, and how they name it. */
@NullMarked
package io.github.subreaper.internal.assertj.facts;

import org.jspecify.annotations.NullMarked;
