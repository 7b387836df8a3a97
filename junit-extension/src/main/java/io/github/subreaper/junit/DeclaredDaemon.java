package io.github.subreaper.junit;

import io.github.subreaper.Program;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * A field with {@link Daemon}.
 *
 * @param name by which a parameter takes it
 * @param field of type Program
 */
record DeclaredDaemon(String name, Field field) {
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
    List<DeclaredDaemon> all = new ArrayList<>();
    for (Class<?> one : types) {
      Arrays.stream(one.getDeclaredFields())
          .flatMap(field -> in(field).stream())
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

  private static Optional<DeclaredDaemon> in(Field field) {
    return AnnotationSupport.findAnnotation(field, Daemon.class)
        .map(
            found ->
                new DeclaredDaemon(
                    found.value().isEmpty() ? field.getName() : found.value(), field));
  }

  private int order() {
    return AnnotationSupport.findAnnotation(field, Order.class)
        .map(Order::value)
        .orElse(Order.DEFAULT);
  }

  private static void add(DeclaredDaemon daemon, List<DeclaredDaemon> all) {
    if (!Program.class.isAssignableFrom(daemon.field.getType())) {
      throw daemon.wrong(
          "is a " + daemon.field.getType().getSimpleName() + ", not a Program",
          "declare it as `static final Program " + daemon.field.getName() + " = Program.of(…)`");
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
    return Modifier.isStatic(field.getModifiers());
  }

  /**
   * Returns the program.
   *
   * @param instance of the test; null for a static field
   */
  Program read(@Nullable Object instance) {
    Object value;
    try {
      value = ReflectionSupport.tryToReadFieldValue(field, instance).get();
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause; // it may be an assumption, which skips the class
      }
      throw e;
    } catch (Exception e) {
      throw wrong("cannot be read: " + e, "make the class and the field accessible");
    }
    if (value == null) {
      throw wrong(
          "is null when its daemon is to start",
          "assign it where it is declared"
              + (isStatic() ? "; @BeforeAll comes later" : " or in the constructor"));
    }
    return (Program) value;
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
    return "@Daemon field " + ScopeName.of(field.getDeclaringClass()) + "." + field.getName();
  }
}
