package dev.millrace.engine;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.millrace.engine.impure.OpensAFile;
import dev.millrace.engine.impure.OpensASocket;
import dev.millrace.engine.impure.ReadsTheClock;
import dev.millrace.engine.impure.RollsDice;
import dev.millrace.engine.impure.StartsAThread;
import java.lang.reflect.Type;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The engine touches the world through `engine.env` only, and its packages point one way.
class ArchitectureTest {
    private static final Set<String> TIME_AND_CHANCE =
            Set.of(
                    "java.lang.System.currentTimeMillis",
                    "java.lang.System.nanoTime",
                    "java.time.Instant.now",
                    "java.time.LocalDateTime.now",
                    "java.time.Clock.systemUTC",
                    "java.lang.Math.random",
                    "java.util.UUID.randomUUID",
                    "org.apache.kafka.common.Uuid.randomUuid",
                    "java.util.concurrent.ThreadLocalRandom.current",
                    "java.util.Collections.shuffle");

    // Accesses, not calls: a method reference such as System::nanoTime counts too.
    private static final DescribedPredicate<JavaAccess<?>> AMBIENT =
            describe(
                    "read time or chance from the JVM",
                    access ->
                            TIME_AND_CHANCE.contains(
                                    access.getTargetOwner().getName()
                                            + "."
                                            + access.getTarget().getName()));

    private static final DescribedPredicate<JavaAccess<?>> HANDS_OFF =
            describe(
                    "complete a future on another thread or wait for one",
                    access ->
                            access.getTargetOwner()
                                            .isAssignableTo(java.util.concurrent.Future.class)
                                    && (access.getTarget().getName().endsWith("Async")
                                            || Set.of(
                                                            "get",
                                                            "join",
                                                            "orTimeout",
                                                            "completeOnTimeout")
                                                    .contains(access.getTarget().getName())));

    private static final Set<String> FILES =
            Set.of(
                    "java.io.File",
                    "java.io.FileInputStream",
                    "java.io.FileOutputStream",
                    "java.io.RandomAccessFile");

    /// The world, but for two values that stand for a part of it: an unresolved address, and the path that kafka-raft wants its
    /// election file to name in messages.
    private static final DescribedPredicate<JavaClass> WORLD =
            describe(
                    "are threads, executors, locks, files or sockets",
                    type ->
                            (type.getPackageName().startsWith("java.net")
                                            && !type.isEquivalentTo(InetSocketAddress.class))
                                    || (type.getPackageName().startsWith("java.nio.file")
                                            && !type.isEquivalentTo(Path.class))
                                    || type.getPackageName().startsWith("java.nio.channels")
                                    || type.getPackageName()
                                            .startsWith("java.util.concurrent.locks")
                                    || FILES.contains(type.getName())
                                    || type.isAssignableTo(Thread.class)
                                    || type.isAssignableTo(Executor.class));

    private static ArchRule pure() {
        return noClasses()
                .that()
                .resideInAPackage("dev.millrace.engine..")
                .should()
                .accessTargetWhere(AMBIENT)
                .orShould()
                .accessTargetWhere(HANDS_OFF)
                .orShould()
                .dependOnClassesThat(WORLD)
                .because("the simulator must own time, chance, disk, network and scheduling");
    }

    private static JavaClasses production() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.millrace.engine");
    }

    @Test
    void theEngineIsPure() {
        pure().check(production());
    }

    static Stream<Type> impure() {
        return Stream.of(
                ReadsTheClock.class,
                RollsDice.class,
                StartsAThread.class,
                OpensAFile.class,
                OpensASocket.class);
    }

    @ParameterizedTest
    @MethodSource("impure")
    void theRuleFailsWhenItIsBroken(Class<?> bad) {
        JavaClasses broken = new ClassFileImporter().importClasses(bad);
        AssertionError found = assertThrows(AssertionError.class, () -> pure().check(broken));
        assertTrue(String.valueOf(found.getMessage()).contains(bad.getName()), found::toString);
    }

    @Test
    void theLogDoesNotKnowWhoUsesIt() {
        noClasses()
                .that()
                .resideInAPackage("dev.millrace.engine.log..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.millrace.engine.replica..",
                        "dev.millrace.engine.metadata..",
                        "dev.millrace.engine.quorum..",
                        "dev.millrace.engine.coordinator..",
                        "dev.millrace.engine.api..")
                .because("a log does not know that it is replicated")
                .check(production());
    }

    @Test
    void theDoorsKnowNothingOfUs() {
        noClasses()
                .that()
                .resideInAPackage("dev.millrace.engine.env..")
                .should()
                .dependOnClassesThat(
                        describe(
                                "are ours beyond the doors",
                                type ->
                                        type.getPackageName().startsWith("dev.millrace")
                                                && !type.getPackageName()
                                                        .startsWith("dev.millrace.engine.env")))
                .because("hosts implement the doors without the engine behind them")
                .check(production());
    }
}
