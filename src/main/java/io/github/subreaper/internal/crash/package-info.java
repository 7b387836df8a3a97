/** Makes the runs of crash tests. */
@NullMarked
package io.github.subreaper.internal.crash;

import org.jspecify.annotations.NullMarked;
