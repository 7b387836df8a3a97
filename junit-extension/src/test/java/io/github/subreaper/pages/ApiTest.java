package io.github.subreaper.pages;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@code src/api.txt} lists the public API of both jars, so that each change of it is reviewed. */
class ApiTest {
  private static final Path FILE = Page.ROOT.resolve("src/api.txt");
  private static final String RENEW = "api.renew";

  private static final int FROM_OUTSIDE = Modifier.PUBLIC | Modifier.PROTECTED;
  private static final int SHOWN =
      FROM_OUTSIDE | Modifier.STATIC | Modifier.FINAL | Modifier.ABSTRACT;

  @Test
  void fileListsThePublicApi() throws IOException {
    List<String> api = types().stream().flatMap(ApiTest::linesIfLoaded).sorted().toList();
    assertThat(api).hasSizeGreaterThan(500);
    if (Boolean.getBoolean(RENEW)) {
      Files.write(FILE, api);
    }
    assertThat(api)
        .as("To accept the changes of the public API, run with -D%s=true: it writes api.txt", RENEW)
        .containsExactlyElementsOf(Files.readAllLines(FILE));
  }

  private static List<String> types() throws IOException {
    List<String> names = new ArrayList<>();
    for (String module : List.of("src", "junit-extension")) {
      Path root = Page.ROOT.resolve(module).resolve("target/classes");
      try (Stream<Path> files = Files.walk(root.resolve("io/github/subreaper"))) {
        files
            .map(file -> root.relativize(file).toString())
            .filter(name -> name.endsWith(".class") && !name.contains("/internal/"))
            .forEach(name -> names.add(name.replace(".class", "").replace('/', '.')));
      }
    }
    return names;
  }

  /** Of a class that only its framework can load, returns the name. */
  private static Stream<String> linesIfLoaded(String type) {
    try {
      Class<?> loaded = Class.forName(type, false, ApiTest.class.getClassLoader());
      return isVisible(loaded) ? lines(loaded) : Stream.of();
    } catch (NoClassDefFoundError e) {
      return Stream.of(type + " class");
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isVisible(@Nullable Class<?> type) {
    return type == null
        || ((type.getModifiers() & FROM_OUTSIDE) != 0 && isVisible(type.getDeclaringClass()));
  }

  private static Stream<String> lines(Class<?> type) {
    Predicate<Member> isApi =
        member -> (member.getModifiers() & FROM_OUTSIDE) != 0 && !member.isSynthetic();
    Stream<String> members =
        Stream.of(type.getDeclaredFields(), type.getDeclaredConstructors())
            .flatMap(Arrays::stream)
            .filter(isApi)
            .map(ApiTest::text);
    Stream<String> methods =
        Stream.of(type.getDeclaredMethods())
            .filter(isApi)
            .filter(method -> !isOfEveryEnum(method) && !isOfObject(method))
            .map(ApiTest::text);
    return Stream.concat(Stream.of(header(type)), Stream.concat(members, methods))
        .map(line -> type.getName() + " " + line);
  }

  private static boolean isOfEveryEnum(Method method) {
    return method.getDeclaringClass().isEnum()
        && Modifier.isStatic(method.getModifiers())
        && List.of("values", "valueOf").contains(method.getName());
  }

  private static boolean isOfObject(Method method) {
    return Stream.of(Object.class.getDeclaredMethods())
        .filter(of -> of.getName().equals(method.getName()))
        .anyMatch(of -> Arrays.equals(of.getParameterTypes(), method.getParameterTypes()));
  }

  private static String header(Class<?> type) {
    Stream<Type> above =
        Stream.concat(
            Stream.ofNullable(type.getGenericSuperclass()), Stream.of(type.getGenericInterfaces()));
    return modifiers(type.getModifiers())
        + (type.isSealed() ? "sealed " : "")
        + (type.isAnnotation()
            ? "@interface"
            : type.isInterface() ? "interface" : type.isEnum() ? "enum" : "class")
        + variables(type.getTypeParameters())
        + above
            .filter(one -> one != Object.class)
            .map(ApiTest::name)
            .collect(joining(", ", " : ", ""))
            .replaceFirst(" : $", "");
  }

  private static String text(Member member) {
    String modifiers = modifiers(member.getModifiers());
    if (member instanceof Field field) {
      return modifiers + field.getName() + ": " + name(field.getAnnotatedType());
    }
    if (member instanceof Constructor<?> constructor) {
      return modifiers + "new" + parameters(constructor);
    }
    Method method = (Method) member;
    Object preset = method.getDefaultValue();
    return modifiers
        + (method.isDefault() ? "default " : "")
        + variables(method.getTypeParameters())
        + method.getName()
        + parameters(method)
        + ": "
        + name(method.getAnnotatedReturnType())
        + (preset == null
            ? ""
            : " = " + (preset instanceof Object[] all ? Arrays.toString(all) : preset));
  }

  private static String modifiers(int modifiers) {
    String shown = Modifier.toString(modifiers & SHOWN & ~Modifier.PUBLIC);
    return shown.isEmpty() ? "" : shown + " ";
  }

  private static String parameters(Executable method) {
    return Stream.of(method.getParameters())
        .map(Parameter::getAnnotatedType)
        .map(ApiTest::name)
        .collect(joining(", ", "(", ")"));
  }

  private static String variables(TypeVariable<?>[] variables) {
    return variables.length == 0
        ? ""
        : Stream.of(variables)
            .map(
                variable ->
                    variable
                        + Stream.of(variable.getBounds())
                            .filter(bound -> bound != Object.class)
                            .map(bound -> " extends " + name(bound))
                            .collect(joining()))
            .collect(joining(", ", "<", ">"));
  }

  private static String name(AnnotatedType type) {
    return name(type.getType()) + (type.isAnnotationPresent(Nullable.class) ? "?" : "");
  }

  /** Returns the name without packages; of a nested type also those of the types around it. */
  private static String name(Type type) {
    return type.getTypeName().replaceAll("\\b(?:[a-z]\\w*\\.)+", "").replace('$', '.');
  }
}
