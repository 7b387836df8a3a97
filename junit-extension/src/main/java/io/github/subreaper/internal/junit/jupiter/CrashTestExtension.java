package io.github.subreaper.internal.junit.jupiter;

import io.github.subreaper.UnsupportedSystemException;
import io.github.subreaper.crash.CrashRun;
import io.github.subreaper.internal.crash.Choice;
import io.github.subreaper.internal.crash.CrashSweep;
import io.github.subreaper.junit.CrashTest;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;
import org.opentest4j.TestAbortedException;

/** Invokes the method of a {@link CrashTest} for the recording, and then for each crash. */
public final class CrashTestExtension implements TestTemplateInvocationContextProvider {
  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return AnnotationSupport.isAnnotated(context.getTestMethod(), CrashTest.class);
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    CrashSweep sweep =
        sweep(
            AnnotationSupport.findAnnotation(context.getTestMethod(), CrashTest.class)
                .orElseThrow());
    List<String> crashes = new ArrayList<>();
    TestTemplateInvocationContext recording =
        new Invocation(
            "recording",
            (body, test) -> {
              TestScope.take(sweep, test);
              crashes.addAll(sweep.record(body));
              test.publishReportEntry("crash points", sweep.summary());
            });
    Stream<TestTemplateInvocationContext> others = // known when the first one is over
        Stream.of(crashes)
            .flatMap(List::stream)
            .map(one -> new Invocation(one, (body, test) -> crash(sweep, one, body, test)));
    return Stream.concat(Stream.of(recording), others);
  }

  private static void crash(
      CrashSweep sweep, String crash, CrashRun.Action<CrashRun> body, ExtensionContext test) {
    TestScope.take(sweep, test);
    if (!sweep.crashAt(crash, body)) {
      throw new TestAbortedException(
          "no run has reached this point, as CrashTest.missedPoints() allows");
    }
  }

  private static CrashSweep sweep(CrashTest test) {
    Choice choice = Choice.ALL.withMissed(test.missedPoints());
    choice = test.at().isEmpty() ? choice : choice.at(test.at());
    choice = test.ignoring().isEmpty() ? choice : choice.ignoring(test.ignoring());
    choice = test.cutWrites() ? choice.withCutWrites() : choice;
    choice = test.powerCuts() ? choice.withPowerCuts() : choice;
    choice = test.budget() == 0 ? choice : choice.budget(test.budget(), test.seed());
    return new CrashSweep(run -> {}, choice, false);
  }

  /** The invocation of one crash, which may run the method several times. */
  private record Invocation(
      String name, BiConsumer<CrashRun.Action<CrashRun>, ExtensionContext> runs)
      implements TestTemplateInvocationContext, ParameterResolver, InvocationInterceptor {
    @Override
    public String getDisplayName(int number) {
      return name;
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(this);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == CrashRun.class
          && context.getTestMethod().filter(parameter.getDeclaringExecutable()::equals).isPresent();
    }

    /** Each run has one of its own, see below. */
    @Override
    public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return null;
    }

    @Override
    public void interceptTestTemplateMethod(
        InvocationInterceptor.Invocation<Void> invocation,
        ReflectiveInvocationContext<Method> method,
        ExtensionContext context) {
      invocation.skip();
      Class<?>[] types = method.getExecutable().getParameterTypes();
      List<TestAbortedException> aborted = new ArrayList<>();
      try {
        runs.accept(
            run -> {
              Object[] arguments = method.getArguments().toArray();
              for (int i = 0; i < types.length; i++) {
                arguments[i] = types[i] == CrashRun.class ? run : arguments[i];
              }
              try {
                ReflectionSupport.invokeMethod(
                    method.getExecutable(), method.getTarget().orElse(null), arguments);
              } catch (TestAbortedException e) {
                aborted.add(e);
                throw e;
              }
            },
            context);
      } catch (AssertionError e) {
        if (!aborted.isEmpty()) {
          throw aborted.get(0);
        }
        throw e;
      } catch (UnsupportedSystemException e) {
        throw UnsupportedSystem.failure(e, context);
      }
    }
  }
}
