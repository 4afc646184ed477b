package dev.millrace.engine.testing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Tests that are run one after the other against an engine with a planted bug, until one fails.
public final class ProbedTests {
    private ProbedTests() {}

    /// @param classes whose tests are run, each class's in the order of their names
    /// @return the number of the first test that fails, or -1 when all pass
    public static int firstThatFails(List<Class<?>> classes, int mostTests) {
        int number = 0;
        for (Class<?> type : classes) {
            for (Method test : annotated(type, Test.class).toList()) {
                number++;
                if (number <= mostTests && fails(type, test)) {
                    return number;
                }
            }
        }
        return -1;
    }

    /// Those of the classes it extends, too.
    private static Stream<Method> annotated(
            Class<?> type, Class<? extends java.lang.annotation.Annotation> by) {
        return Stream.<Class<?>>iterate(type, Objects::nonNull, Class::getSuperclass)
                .flatMap(each -> Stream.of(each.getDeclaredMethods()))
                .filter(method -> method.isAnnotationPresent(by))
                .sorted(Comparator.comparing(Method::getName))
                .peek(method -> method.setAccessible(true));
    }

    private static boolean fails(Class<?> type, Method test) {
        try {
            var made = type.getDeclaredConstructor();
            made.setAccessible(true);
            Object instance = made.newInstance();
            for (Method before : annotated(type, BeforeEach.class).toList()) {
                before.invoke(instance);
            }
            test.invoke(instance);
            return false;
        } catch (InvocationTargetException found) {
            System.out.println(test.getName() + ": " + found.getCause());
            return true;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
