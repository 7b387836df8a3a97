/** One request by HTTP, as a readiness check makes it. */
@NullMarked
package io.github.subreaper.internal.http;

import org.jspecify.annotations.NullMarked;
