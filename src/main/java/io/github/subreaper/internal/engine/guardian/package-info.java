/** The shell that terminates what a dead JVM leaves. */
@NullMarked
package io.github.subreaper.internal.engine.guardian;

import org.jspecify.annotations.NullMarked;
