package io.github.subreaper.internal.junit.jupiter;

import io.github.subreaper.Program;
import io.github.subreaper.internal.junit.settings.ScopeName;
import io.github.subreaper.junit.Daemon;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * A field or method with {@link Daemon}.
 *
 * @param name by which a parameter takes it
 * @param member a field of type Program, or a method that returns one
 */
record DeclaredDaemon(String name, Member member) {
  private static final ClassValue<List<DeclaredDaemon>> KNOWN =
      new ClassValue<>() {
        @Override
        protected List<DeclaredDaemon> computeValue(Class<?> type) {
          return find(type);
        }
      };

  /**
   * Returns those of a class, its superclasses and interfaces, in the order in which they start.
   *
   * @throws ExtensionConfigurationException if one is not a Program, or two have one name
   */
  static List<DeclaredDaemon> of(Class<?> type) {
    return KNOWN.get(type);
  }

  private static List<DeclaredDaemon> find(Class<?> type) {
    Set<Class<?>> types = new LinkedHashSet<>();
    collect(type, types);
    List<Method> methods =
        AnnotationSupport.findAnnotatedMethods(type, Daemon.class, HierarchyTraversalMode.TOP_DOWN);
    List<DeclaredDaemon> all = new ArrayList<>();
    for (Class<?> one : types) {
      Stream.<Member>concat(
              Arrays.stream(one.getDeclaredFields()),
              methods.stream()
                  .filter(method -> method.getDeclaringClass() == one)
                  .sorted(Comparator.comparing(Method::getName))) // reflection has no order
          .flatMap(member -> in(member).stream())
          .sorted(Comparator.comparingInt(DeclaredDaemon::order))
          .forEach(daemon -> add(daemon, all));
    }
    return all;
  }

  /** Collects supertypes before their subtypes. */
  private static void collect(@Nullable Class<?> type, Set<Class<?>> types) {
    if (type == null || type == Object.class) {
      return;
    }
    for (Class<?> parent : type.getInterfaces()) {
      collect(parent, types);
    }
    collect(type.getSuperclass(), types);
    types.add(type);
  }

  private static Optional<DeclaredDaemon> in(Member member) {
    return AnnotationSupport.findAnnotation((AnnotatedElement) member, Daemon.class)
        .map(
            found ->
                new DeclaredDaemon(
                    found.value().isEmpty() ? member.getName() : found.value(), member));
  }

  private int order() {
    return AnnotationSupport.findAnnotation((AnnotatedElement) member, Order.class)
        .map(Order::value)
        .orElse(Order.DEFAULT);
  }

  private static void add(DeclaredDaemon daemon, List<DeclaredDaemon> all) {
    boolean isField = daemon.member instanceof Field;
    Class<?> type =
        daemon.member instanceof Method method
            ? method.getReturnType()
            : ((Field) daemon.member).getType();
    if (!Program.class.isAssignableFrom(type)) {
      throw daemon.wrong(
          (isField ? "is a " : "returns ") + type.getSimpleName() + ", not a Program",
          "declare it as `static "
              + (isField ? "final Program " : "Program ")
              + daemon.member.getName()
              + (isField ? " = Program.of(…)`" : "(…)`"));
    }
    for (DeclaredDaemon other : all) {
      if (other.name.equals(daemon.name)) {
        throw daemon.wrong(
            "has the name \"" + daemon.name + "\", and so has " + other,
            "name one of them: @Daemon(\"other\")");
      }
    }
    all.add(daemon);
  }

  boolean isStatic() {
    return Modifier.isStatic(member.getModifiers());
  }

  /**
   * Returns the program.
   *
   * @param instances of the test and those around it, innermost first; empty for a static member
   * @param context whose extensions resolve the parameters of a method
   */
  Program program(List<Object> instances, ExtensionContext context) {
    Object instance =
        instances.stream().filter(member.getDeclaringClass()::isInstance).findFirst().orElse(null);
    Object value =
        member instanceof Method method
            ? context.getExecutableInvoker().invoke(method, instance)
            : read((Field) member, instance);
    if (value == null) {
      throw wrong(
          "is null when its daemon is to start",
          member instanceof Method
              ? "return a Program"
              : "assign it where it is declared"
                  + (isStatic() ? "; @BeforeAll comes later" : " or in the constructor"));
    }
    return (Program) value;
  }

  private @Nullable Object read(Field field, @Nullable Object instance) {
    try {
      return ReflectionSupport.tryToReadFieldValue(field, instance).get();
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause; // it may be an assumption, which skips the class
      }
      throw e;
    } catch (Exception e) {
      throw wrong("cannot be read: " + e, "make the class and the field accessible");
    }
  }

  private ExtensionConfigurationException wrong(String what, String fix) {
    return new ExtensionConfigurationException(this + " " + what + ". To fix: " + fix + ".");
  }

  /** Returns what a message about its process calls it. */
  String title() {
    return "@Daemon " + name;
  }

  @Override
  public String toString() {
    return "@Daemon "
        + (member instanceof Field ? "field " : "method ")
        + ScopeName.of(member.getDeclaringClass())
        + "."
        + member.getName();
  }
}
