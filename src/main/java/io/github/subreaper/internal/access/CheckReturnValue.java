package io.github.subreaper.internal.access;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks methods whose result must be used, and types of which this holds for each method. Error
 * Prone, SpotBugs and IntelliJ IDEA warn of a call whose result is dropped; Error Prone knows the
 * annotation by its simple name.
 *
 * <pre>{@code
 * program.withUmask(0077);           // a mistake: program is unchanged
 * program = program.withUmask(0077); // right
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface CheckReturnValue {}
