package io.github.subreaper.internal.engine.origin;

import io.github.subreaper.internal.engine.records.BindingRecord;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Methods that work for a scope: what is started with one of them on the stack belongs to that
 * scope.
 *
 * <p>A method that was bound to two scopes, even one after the other, is no evidence any more: a
 * thread that the first scope has left running has it on its stack as well.
 */
public final class MethodBindings {
  /** A frame of a stack, named as in the class file. */
  record Frame(String type, String method, String descriptor) {}

  private static final StackWalker STACK =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE); // for descriptors

  private static final class Known {
    final Method method;
    volatile @Nullable BindingRecord binding;

    Known(Method method, BindingRecord binding) {
      this.method = method;
      this.binding = binding;
    }
  }

  /**
   * By the name of the declaring class. Readers take no lock: they may be in any thread's start.
   */
  private final Map<String, List<Known>> known = new ConcurrentHashMap<>();

  public synchronized void bind(Method method, BindingRecord binding) {
    List<Known> siblings =
        known.computeIfAbsent(
            method.getDeclaringClass().getName(), name -> new CopyOnWriteArrayList<>());
    for (Known one : siblings) {
      if (one.method.equals(method)) {
        BindingRecord before = one.binding;
        boolean same = before != null && before.isOf(binding);
        one.binding = same ? binding : null;
        return;
      }
    }
    siblings.add(new Known(method, binding));
  }

  /** Returns the binding that the methods on the stack of the calling thread name, as below. */
  @Nullable BindingRecord boundHere(long nanos) {
    return known.isEmpty() ? null : boundAt(STACK.walk(this::around), nanos);
  }

  private List<Frame> around(Stream<StackWalker.StackFrame> stack) {
    return stack
        .filter(frame -> !methodsAround(frame.getClassName()).isEmpty())
        .map(frame -> new Frame(frame.getClassName(), frame.getMethodName(), frame.getDescriptor()))
        .toList();
  }

  /** Returns the binding that the methods on a stack name; null if none, or more than one scope. */
  @Nullable BindingRecord boundAt(List<Frame> stack, long nanos) {
    BindingRecord found = null;
    for (Frame frame : stack) {
      for (Known one : methodsAround(frame.type)) {
        BindingRecord binding = one.binding;
        if (binding != null && binding.covers(nanos) && isIn(frame, one)) {
          if (found != null && found != binding && !found.isOf(binding)) {
            return null;
          }
          found = binding;
        }
      }
    }
    return found;
  }

  /** Returns the class loaders of the classes whose methods were bound. */
  Set<ClassLoader> loaders() {
    return known.values().stream()
        .flatMap(siblings -> siblings.stream().limit(1))
        .map(one -> one.method.getDeclaringClass().getClassLoader())
        .filter(Objects::nonNull)
        .collect(Collectors.toSet());
  }

  /** Returns whether a class has a method that was bound, or is nested in one that has. */
  boolean isBoundClass(String type) {
    return known.keySet().stream().anyMatch(one -> type.equals(one) || type.startsWith(one + "$"));
  }

  boolean isBoundPackage(String type) {
    return known.keySet().stream().anyMatch(one -> packageOf(one).equals(packageOf(type)));
  }

  private static String packageOf(String type) {
    return type.substring(0, type.lastIndexOf('.') + 1);
  }

  private List<Known> methodsAround(String ofFrame) {
    List<Known> around = new ArrayList<>();
    String type = ofFrame;
    while (true) {
      around.addAll(known.getOrDefault(type, List.of()));
      int nested = type.lastIndexOf('$');
      if (nested < 0) {
        return around;
      }
      type = type.substring(0, nested);
    }
  }

  /**
   * Returns whether a frame is the method itself, a lambda of it, or in a local or anonymous class
   * of it.
   */
  private static boolean isIn(Frame frame, Known known) {
    Method method = known.method;
    if (!frame.type.equals(method.getDeclaringClass().getName())) {
      return isLocal(frame.type, method);
    }
    if (frame.method.equals(method.getName())) {
      return frame.descriptor.equals(descriptor(method));
    }
    // The name of a lambda does not say in which of several methods of one name it is.
    return frame.method.startsWith("lambda$" + method.getName() + "$")
        && isOnlyOneOfItsName(method);
  }

  private static boolean isLocal(String name, Method method) {
    try {
      ClassLoader loader = method.getDeclaringClass().getClassLoader();
      Class<?> type = Class.forName(name, false, loader);
      while (type != null && !method.equals(type.getEnclosingMethod())) {
        type = type.getEnclosingClass();
      }
      return type != null;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  private static String descriptor(Method method) {
    return MethodType.methodType(method.getReturnType(), method.getParameterTypes())
        .toMethodDescriptorString();
  }

  private static boolean isOnlyOneOfItsName(Method method) {
    try {
      int count = 0;
      for (Method one : method.getDeclaringClass().getDeclaredMethods()) {
        count += one.getName().equals(method.getName()) ? 1 : 0;
      }
      return count == 1;
    } catch (LinkageError e) {
      return false;
    }
  }
}
