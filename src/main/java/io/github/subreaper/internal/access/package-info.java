/**
 * What the packages of this library and its extension need of each other, and no user may see: not
 * part of the API, though the extension, which may be on the class path, has to reach it.
 */
@NullMarked
package io.github.subreaper.internal.access;

import org.jspecify.annotations.NullMarked;
