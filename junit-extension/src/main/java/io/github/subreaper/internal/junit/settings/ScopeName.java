package io.github.subreaper.internal.junit.settings;

import static java.util.stream.Collectors.joining;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Names scopes in messages, such as {@code BillingTest.stopsCleanly(int)[2]}. */
public final class ScopeName {
  public static final String RUN = "test run";

  private static final Pattern CLASS_INVOCATION =
      Pattern.compile("class-template-invocation:#(\\d+)");
  private static final Pattern TEST_INVOCATION =
      Pattern.compile("test-template-invocation:#(\\d+)");

  /** Most ids have none, and a search for a pattern takes many times as long. */
  private static final String INVOCATION = "-invocation:#";

  private ScopeName() {}

  /** Returns the name of the run, a class, a test, or one invocation of these. */
  public static String of(ExtensionContext context) {
    return context
        .getTestClass()
        .map(
            type ->
                of(type)
                    + number(CLASS_INVOCATION, context)
                    + context.getTestMethod().map(ScopeName::of).orElse("")
                    + number(TEST_INVOCATION, context))
        .orElse(RUN);
  }

  /** Returns the same of a test without its class: {@code stopsCleanly(int)[2]}. */
  public static String withoutClass(ExtensionContext context) {
    String ofClass = context.getTestClass().map(ScopeName::of).orElse("");
    String rest = of(context).substring(ofClass.length());
    return rest.startsWith(".") ? rest.substring(1) : rest;
  }

  /** Returns the number of the repetition or parameter set, from 1 on; 0 for none. */
  public static int invocation(ExtensionContext context) {
    int number = first(TEST_INVOCATION, context);
    return number == 0 ? first(CLASS_INVOCATION, context) : number;
  }

  private static int first(Pattern invocation, ExtensionContext context) {
    if (!context.getUniqueId().contains(INVOCATION)) {
      return 0;
    }
    Matcher matcher = invocation.matcher(context.getUniqueId());
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }

  /** Returns a class name without its package: {@code BillingTest.Refunds}. */
  public static String of(Class<?> type) {
    return simple(type.getName());
  }

  /** Returns the same of a class's full name. */
  public static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1).replace('$', '.');
  }

  private static String of(Method method) {
    return Arrays.stream(method.getParameterTypes())
        .map(Class::getSimpleName)
        .collect(joining(", ", "." + method.getName() + "(", ")"));
  }

  private static String number(Pattern invocation, ExtensionContext context) {
    if (!context.getUniqueId().contains(INVOCATION)) {
      return "";
    }
    return invocation
        .matcher(context.getUniqueId())
        .results()
        .map(match -> "[" + match.group(1) + "]")
        .collect(joining());
  }
}
