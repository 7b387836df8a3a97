package io.github.subreaper;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.EvaluationResult;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.github.subreaper.internal.access.CheckReturnValue;
import io.github.subreaper.internal.engine.Engine;
import io.github.subreaper.internal.engine.Support;
import io.github.subreaper.internal.engine.spawn.SharedSocket;
import io.github.subreaper.internal.linux.Kernel;
import io.github.subreaper.internal.linux.Time;
import io.github.subreaper.internal.linux.calls.Errno;
import io.github.subreaper.internal.linux.calls.SignalNumber;
import io.github.subreaper.internal.linux.calls.WaitStatus;
import io.github.subreaper.internal.linux.files.Sockets;
import io.github.subreaper.internal.linux.proc.Descriptors;
import io.github.subreaper.internal.linux.proc.ProcessStat;
import io.github.subreaper.internal.linux.proc.ProcessStatus;
import io.github.subreaper.internal.linux.proc.Procfs;
import io.github.subreaper.internal.linux.proc.ResourceLimits;
import io.github.subreaper.internal.linux.proc.UserNames;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The arrows of ARCHITECTURE.md. */
class ArchitectureTest {
  private static final String API = "io.github.subreaper";

  /** Have what is not public in the public types, for the extension. */
  private static final String ACCESS = "io.github.subreaper.internal.access";

  private static final String CRASH = "io.github.subreaper.crash";
  private static final String CRASH_RUNS = "io.github.subreaper.internal.crash";

  private static final String TEXT = "io.github.subreaper.internal.text..";
  private static final String SECRETS = "io.github.subreaper.internal.secrets..";
  private static final String MESSAGES = "io.github.subreaper.internal.messages..";
  private static final String ENGINE = "io.github.subreaper.internal.engine..";
  private static final String LINUX = "io.github.subreaper.internal.linux..";

  /** The package itself, without those below it. */
  private static final String ENGINE_ONLY = "io.github.subreaper.internal.engine";

  /** Those of the linux layer that read facts of one process or name constants. */
  private static final DescribedPredicate<JavaClass> READS_FACTS =
      belongToAnyOf(
          Descriptors.class,
          Errno.class,
          Kernel.class,
          ProcessStat.class,
          ProcessStatus.class,
          Procfs.class,
          ResourceLimits.class,
          SignalNumber.class,
          Sockets.class,
          UserNames.class,
          WaitStatus.class);

  /** Those of the linux layer whose static methods only decode, or name constants. */
  private static final DescribedPredicate<JavaClass> PURE =
      belongToAnyOf(Errno.class, WaitStatus.class);

  /**
   * These make them, and a lock of all activations, or find out why they cannot: before there is
   * any to hand in.
   */
  private static final Set<String> MAKE_THEM =
      Stream.of(Engine.class, Support.class, SharedSocket.class)
          .map(Class::getName)
          .collect(Collectors.toSet());

  /** Methods that read a clock, wait, or start a thread; patterns by class. */
  private static final Map<Class<?>, String> WAITS =
      Map.ofEntries(
          Map.entry(System.class, "nanoTime|currentTimeMillis"),
          Map.entry(Instant.class, "now"),
          Map.entry(Thread.class, "sleep|yield|onSpinWait|start|join"),
          Map.entry(TimeUnit.class, "sleep|timed.*"),
          Map.entry(Object.class, "wait"),
          Map.entry(LockSupport.class, ".*"),
          Map.entry(Condition.class, "await.*"),
          Map.entry(CountDownLatch.class, "await"),
          Map.entry(Future.class, "get|join"),
          Map.entry(ExecutorService.class, "awaitTermination|invokeAll|invokeAny|close"),
          Map.entry(BlockingQueue.class, "take|put|poll|offer"),
          Map.entry(ProcessHandle.class, "of|allProcesses"),
          Map.entry(Process.class, "waitFor"),
          Map.entry(ProcessBuilder.class, "start"));

  /** Supertypes of the JDK are not imported. */
  private static final DescribedPredicate<JavaClass> EXCEPTIONS =
      DescribedPredicate.describe(
          "exceptions", type -> Throwable.class.isAssignableFrom(type.reflect()));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(API);

  @Test
  void arrowsRunFromApiToMessagesToEngineToLinux() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("api")
        .definedBy(API, ACCESS, CRASH, CRASH_RUNS)
        .layer("messages")
        .definedBy(MESSAGES)
        .layer("engine")
        .definedBy(ENGINE)
        .layer("linux")
        .definedBy(LINUX)
        .layer("text")
        .definedBy(TEXT)
        .layer("secrets")
        .definedBy(SECRETS)
        .whereLayer("api")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("messages")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("api", "messages")
        .whereLayer("text")
        .mayOnlyBeAccessedByLayers("api", "messages", "engine", "linux")
        .whereLayer("linux")
        .mayOnlyBeAccessedByLayers("api", "messages", "engine")
        .whereLayer("secrets")
        .mayOnlyBeAccessedByLayers("api")
        .check(CLASSES);
    assertThat(CLASSES.size()).isGreaterThan(30);
  }

  /** What a call changes or collects, the engine has to know of. */
  @Test
  void apiReadsPlainFactsFromTheLinuxRoomAndLeavesEachActionToTheEngine() {
    noClasses()
        .that()
        .resideInAnyPackage(API, MESSAGES)
        .should()
        .dependOnClassesThat(resideInAPackage(LINUX).and(DescribedPredicate.not(READS_FACTS)))
        .check(CLASSES);
  }

  /** What happens to a record is one of its methods, which asserts the lock. */
  @Test
  void noClassWritesAFieldOfAnother() {
    classes().should(writeFieldsOfTheirOwnFileOnly()).check(CLASSES);
  }

  private static ArchCondition<JavaClass> writeFieldsOfTheirOwnFileOnly() {
    return new ArchCondition<>("write fields of their own file only") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaFieldAccess access : type.getFieldAccessesFromSelf()) {
          JavaClass owner = access.getTargetOwner();
          if (access.getAccessType() == JavaFieldAccess.AccessType.SET
              && owner.getPackageName().startsWith(API)
              && !outermost(owner).equals(outermost(type))) {
            events.add(SimpleConditionEvent.violated(access, access.getDescription()));
          }
        }
      }
    };
  }

  /**
   * A simulation replaces kernel and time: each effect, each reading of the system and each wait of
   * the engine is a call of what was handed in.
   */
  @Test
  void kernelAndTimeAreHandedInToTheEngine() {
    noClasses().that().resideInAPackage(ENGINE).should(reachTheSystemByThemselves()).check(CLASSES);
    noFields()
        .that()
        .areStatic()
        .should()
        .haveRawType(assignableTo(Kernel.class).or(assignableTo(Time.class)))
        .check(CLASSES);
  }

  @Test
  void callsThatPassKernelAndTimeByAreFound() {
    EvaluationResult result =
        classes()
            .should(not(reachTheSystemByThemselves()))
            .evaluate(new ClassFileImporter().importClasses(ByItself.class));
    assertThat(result.getFailureReport().getDetails()).hasSize(6);
  }

  /** Each line breaks the rule. */
  @SuppressWarnings({"unused", "WaitNotInLoop"})
  private static final class ByItself {
    static final Kernel KERNEL = new Kernel();
    final LongSupplier clock = System::nanoTime;

    void sleep(CountDownLatch latch, Condition condition) throws Exception {
      Thread.sleep(1);
      LockSupport.park();
      latch.await();
      condition.await();
    }
  }

  private static ArchCondition<JavaClass> reachTheSystemByThemselves() {
    return new ArchCondition<>("reach the system by themselves") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        Stream.of(
                type.getMethodCallsFromSelf(),
                type.getMethodReferencesFromSelf(),
                type.getConstructorCallsFromSelf())
            .flatMap(Set::stream)
            .filter(
                access ->
                    isWait(access) || (isEffect(access) && !MAKE_THEM.contains(type.getName())))
            .forEach(
                access ->
                    events.add(SimpleConditionEvent.satisfied(access, access.getDescription())));
      }
    };
  }

  private static boolean isWait(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    return !owner.getPackageName().startsWith(API)
        && WAITS.entrySet().stream()
            .anyMatch(
                waits ->
                    access.getTarget().getName().matches(waits.getValue())
                        && waits.getKey().isAssignableFrom(owner.reflect()));
  }

  /** Of the linux layer, and neither a value nor a method of what was handed in. */
  private static boolean isEffect(JavaAccess<?> access) {
    JavaClass owner = access.getTargetOwner();
    String name = access.getTarget().getName();
    boolean makes =
        name.equals(JavaConstructor.CONSTRUCTOR_NAME)
            && Stream.of(Kernel.class, Time.class, ReentrantLock.class)
                .anyMatch(owner::isEquivalentTo);
    boolean decodes = PURE.test(owner) || owner.isRecord() || name.equals("isStopSignal");
    boolean reaches = owner.getPackageName().equals(Kernel.class.getPackageName()) && !decodes;
    return makes || (reaches && isStatic(access));
  }

  private static boolean isStatic(JavaAccess<?> access) {
    return access
        .getTarget()
        .resolveMember()
        .filter(JavaMember.class::isInstance)
        .map(member -> ((JavaMember) member).getModifiers().contains(JavaModifier.STATIC))
        .orElse(false);
  }

  @Test
  void exceptionsShareASupertypeAndOnlyTheLibraryMakesThem() {
    classes()
        .that()
        .resideInAPackage(API)
        .and()
        .areAssignableTo(EXCEPTIONS)
        .should()
        .beAssignableTo(SubreaperException.class)
        .andShould(haveOnlyConstructorsOfThePackage())
        .check(CLASSES);
  }

  /** A result that is dropped is a mistake there: the object itself does not change. */
  @Test
  void typesThatAreChangedByCopyWarnOfADroppedResult() {
    for (Class<?> type : List.of(Glob.class, Program.class, Ready.class, ScopeOptions.class)) {
      assertThat(CLASSES.get(type).isAnnotatedWith(CheckReturnValue.class))
          .as(type.getName())
          .isTrue();
    }
    classes()
        .that()
        .resideInAPackage(API)
        .and()
        .arePublic()
        .and(haveAMethodThatReturnsAChangedCopy())
        .should()
        .beAnnotatedWith(CheckReturnValue.class)
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaClass> haveAMethodThatReturnsAChangedCopy() {
    return DescribedPredicate.describe(
        "have a public method with… that is not annotated itself",
        type ->
            type.getMethods().stream()
                .anyMatch(
                    method ->
                        method.getName().startsWith("with")
                            && method.getModifiers().contains(JavaModifier.PUBLIC)
                            && !method.isAnnotatedWith(CheckReturnValue.class)
                            && method.getRawReturnType().equals(type)));
  }

  private static ArchCondition<JavaClass> haveOnlyConstructorsOfThePackage() {
    return new ArchCondition<>("have only package-private constructors") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean open =
            type.getConstructors().stream()
                .anyMatch(
                    one ->
                        one.getModifiers().contains(JavaModifier.PUBLIC)
                            || one.getModifiers().contains(JavaModifier.PROTECTED));
        events.add(new SimpleConditionEvent(type, !open, type.getName() + " is open"));
      }
    };
  }

  /** Each room of the engine with those that it uses, which are all above it here. */
  private static final String ARROWS =
      """
      output
      journal
      jvm
      tracer
      crash: tracer
      time
      values: time
      lock
      spawn: output tracer
      streams: output spawn
      guardian: spawn
      records: guardian journal lock output spawn streams time values
      origin: guardian jvm records spawn time values
      attribution: guardian jvm lock origin records spawn time values
      scan: attribution guardian journal jvm lock output records spawn time values
      reap: attribution guardian journal jvm lock records scan spawn time
      query: attribution journal lock reap records scan spawn time values
      trace: guardian journal lock reap records scan spawn time tracer values
      end: attribution guardian jvm lock origin query reap records scan spawn streams time values
      launch: end journal jvm lock output query records scan spawn streams time trace values
      """;

  /** A new arrow is a line of this table; one that would lead back has no place in it. */
  @Test
  void roomsOfTheEngineUseOnlyThoseOfTheTable() {
    Map<String, Set<String>> actual = new TreeMap<>();
    for (JavaClass type : CLASSES) {
      if (type.getPackageName().startsWith(ENGINE_ONLY + ".")) {
        Set<String> used = actual.computeIfAbsent(room(type), name -> new TreeSet<>());
        type.getDirectDependenciesFromSelf().stream()
            .map(dependency -> dependency.getTargetClass().getBaseComponentType())
            .filter(target -> resideInAPackage(ENGINE).test(target))
            .map(ArchitectureTest::room)
            .filter(room -> !room.equals(room(type)))
            .forEach(used::add);
      }
    }
    Map<String, Set<String>> table = new TreeMap<>();
    for (String line : ARROWS.lines().toList()) {
      String[] words = line.split(":? ", -1);
      Set<String> used = new TreeSet<>(Arrays.asList(words).subList(1, words.length));
      assertThat(table.keySet()).as("above " + words[0]).containsAll(used);
      table.put(words[0], used);
    }
    assertThat(actual).isEqualTo(table);
  }

  private static String room(JavaClass type) {
    return type.getPackageName().substring(type.getPackageName().lastIndexOf('.') + 1);
  }

  /** It makes all the others and passes each what it needs. */
  @Test
  void noClassOfTheEngineKnowsTheOneThatMakesIt() {
    noClasses()
        .that(resideInAPackage(ENGINE).and(DescribedPredicate.not(belongToAnyOf(Engine.class))))
        .should()
        .dependOnClassesThat(belongToAnyOf(Engine.class))
        .check(CLASSES);
  }

  private static String outermost(JavaClass type) {
    String name = type.getName().replace("[", "").replaceFirst("^L(.*);$", "$1");
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  @Test
  void coreKnowsNoTestFramework() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.junit..", "org.assertj..", "org.awaitility..", "org.hamcrest..")
        .check(CLASSES);
  }

  @Test
  void onlyTheLinuxPackageUsesJna() {
    noClasses()
        .that()
        .resideOutsideOfPackage(LINUX)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(CLASSES);
  }

  @Test
  void nothingPublicLeaksAnInternalType() {
    members()
        .that()
        .areDeclaredInClassesThat(resideInAnyPackage(API, CRASH))
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and()
        .arePublic()
        .should(not(mentionInternalTypes()))
        .check(CLASSES);
  }

  private static ArchCondition<JavaMember> mentionInternalTypes() {
    return new ArchCondition<>("mention internal types") {
      @Override
      public void check(JavaMember member, ConditionEvents events) {
        boolean internal =
            member instanceof JavaCodeUnit unit
                ? unit.getRawReturnType().getPackageName().contains("internal")
                    || unit.getRawParameterTypes().stream()
                        .anyMatch(type -> type.getPackageName().contains("internal"))
                : member instanceof JavaField field
                    && field.getRawType().getPackageName().contains("internal");
        events.add(new SimpleConditionEvent(member, internal, member.getFullName() + " does"));
      }
    };
  }

  @Test
  void publicTypesCannotBeSubclassed() {
    classes()
        .that()
        .resideInAPackage(API)
        .and()
        .arePublic()
        .and()
        .areNotInterfaces()
        .and()
        .areNotAssignableFrom(SubreaperException.class) // sealed
        .and()
        .areNotAssignableFrom(ProcessEvent.class) // sealed
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(CLASSES);
  }
}
