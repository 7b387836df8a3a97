/** The shell that ends what a JVM that has died would leave. */
@NullMarked
package io.github.subreaper.internal.engine.guardian;

import org.jspecify.annotations.NullMarked;
