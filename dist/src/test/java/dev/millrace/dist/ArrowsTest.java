package dev.millrace.dist;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The arrows of docs/architecture.md, over all modules.
final class ArrowsTest {
    private static final JavaClasses ALL =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.millrace");

    @Test
    void modulesDependOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.millrace..")
                .layer("engine")
                .definedBy("dev.millrace.engine..")
                .layer("broker")
                .definedBy("dev.millrace.broker..")
                .layer("command line")
                .definedBy("dev.millrace.cli..")
                .layer("distribution")
                .definedBy("dev.millrace.dist..")
                .whereLayer("distribution")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("command line")
                .mayOnlyBeAccessedByLayers("distribution")
                .whereLayer("broker")
                .mayOnlyBeAccessedByLayers("distribution")
                .whereLayer("engine")
                .mayOnlyBeAccessedByLayers("broker")
                .check(ALL);
    }

    @Test
    void packagesOfTheEngineDependOneWay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInAnyPackage("dev.millrace.engine..")
                .withOptionalLayers(true)
                .layer("api")
                .definedBy(
                        "dev.millrace.engine",
                        "dev.millrace.engine.api..",
                        "dev.millrace.engine.balance..",
                        "dev.millrace.engine.doctor..",
                        "dev.millrace.engine.lag..")
                .layer("coordinator")
                .definedBy("dev.millrace.engine.coordinator..", "dev.millrace.engine.telemetry..")
                .layer("replica")
                .definedBy("dev.millrace.engine.replica..")
                .layer("metadata")
                .definedBy("dev.millrace.engine.metadata..", "dev.millrace.engine.quorum..")
                .layer("log")
                .definedBy("dev.millrace.engine.log..")
                .layer("doors")
                .definedBy("dev.millrace.engine.env..", "dev.millrace.engine.check..")
                .whereLayer("api")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("coordinator")
                .mayOnlyBeAccessedByLayers("api")
                .whereLayer("replica")
                .mayOnlyBeAccessedByLayers("api", "coordinator")
                .whereLayer("metadata")
                .mayOnlyBeAccessedByLayers("api", "coordinator", "replica")
                .whereLayer("log")
                .mayOnlyBeAccessedByLayers("api", "coordinator", "replica", "metadata")
                .check(ALL);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.millrace.(engine|broker).(*)..")
                .should()
                .beFreeOfCycles()
                .check(ALL);
    }

    @Test
    void theCommandLineIsAUserOfTheOfficialClient() {
        noClasses()
                .that()
                .resideInAPackage("dev.millrace.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka.server..", "org.apache.kafka.raft..")
                .check(ALL);
    }
}
