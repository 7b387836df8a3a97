/** Plain facts that records refer to. They need no lock and know no record. */
@NullMarked
package io.github.subreaper.internal.engine.values;

import org.jspecify.annotations.NullMarked;
