/**
 * AssertJ assertions on processes: one static import of {@link
 * io.github.subreaper.assertj.SubreaperAssertions} for all of AssertJ's and these.
 *
 * <p>{@code exits…}, {@code isRespawnedWithin}, {@code listensOn}, {@code hasChildren}, {@code
 * hasShapeWithin} and {@code keepsShapeFor} wait, as long as the scope's {@code await} or the
 * duration given, and fail the moment that they cannot succeed any more; {@code is…}, {@code has…}
 * and {@code contains} look now. A failure shows the tree, the statuses so far and the tail of the
 * output.
 */
@NullMarked
package io.github.subreaper.assertj;

import org.jspecify.annotations.NullMarked;
