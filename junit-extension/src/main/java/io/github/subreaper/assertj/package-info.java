/**
 * AssertJ assertions on processes: one static import of {@link
 * io.github.subreaper.assertj.SubreaperAssertions} for all of AssertJ's and these.
 *
 * <p>The name says whether an assertion waits. {@code exits…}, {@code listensOn…}, {@code
 * hasChildren} and {@code …Within} wait for the duration given, else for the scope's {@code await},
 * and fail as soon as they can no longer succeed. {@code keepsShapeFor} and {@code
 * isRespawnedAtMost} watch for the whole duration given, unless they fail before. The other
 * assertions check once. A failure shows the tree, the statuses so far and the tail of the output.
 */
@NullMarked
package io.github.subreaper.assertj;

import org.jspecify.annotations.NullMarked;
