/** Pipes, sockets, terminals, and waits for them. */
@NullMarked
package io.github.subreaper.internal.linux.files;

import org.jspecify.annotations.NullMarked;
