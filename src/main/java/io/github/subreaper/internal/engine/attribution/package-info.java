/** To which launch and scope a process belongs. */
@NullMarked
package io.github.subreaper.internal.engine.attribution;

import org.jspecify.annotations.NullMarked;
