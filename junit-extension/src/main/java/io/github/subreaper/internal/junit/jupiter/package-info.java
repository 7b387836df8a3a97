/** What the extension does for a test of Jupiter, with its declared daemons and crash tests. */
@NullMarked
package io.github.subreaper.internal.junit.jupiter;

import org.jspecify.annotations.NullMarked;
