/**
 * What the library costs, against C and the JDK doing the same work in the same run. Run with
 * {@code -Pbench} only; {@link io.github.subreaper.bench.Benchmarks} is the start.
 */
@NullMarked
package io.github.subreaper.bench;

import org.jspecify.annotations.NullMarked;
