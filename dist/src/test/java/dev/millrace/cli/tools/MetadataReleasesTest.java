package dev.millrace.cli.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.cli.cluster.CommandFailed;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.FeatureVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataReleasesTest {
    @Test
    void everyLevelIsCalledAsKafkaCallsIt() {
        for (MetadataVersion version : MetadataVersion.VERSIONS) {
            assertEquals(version.version(), MetadataReleases.name(version.featureLevel()));
        }
        assertEquals("UNKNOWN 6", MetadataReleases.name(6));
        assertEquals(MetadataVersion.latestProduction().featureLevel(), MetadataReleases.LATEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"4.4", "4.3.1", "4.4-IV1", "4.5-IV0", "3.3", "3.7", "4.4-IV0.1"})
    void aReleaseMeansTheLevelThatItMeansToKafka(String release) {
        assertEquals(
                MetadataVersion.fromVersionString(release, true).featureLevel(),
                MetadataReleases.level(release));
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.2", "4.5", "4.4-IV9", "4", "4.4.", "", "soon"})
    void anotherIsRefusedInKafkasWords(String release) {
        var kafka =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> MetadataVersion.fromVersionString(release, true));
        var ours = assertThrows(CommandFailed.class, () -> MetadataReleases.level(release));
        assertEquals(kafka.getMessage(), ours.sentence());
    }

    @Test
    void featuresHaveKafkasLevelsAndNeeds() {
        assertEquals(
                Feature.PRODUCTION_FEATURE_NAMES.stream()
                        .filter(name -> !name.equals(MetadataReleases.FEATURE))
                        .toList(),
                MetadataReleases.FEATURES.stream().map(MetadataReleases.Feature::name).toList());
        for (int i = 0; i < Feature.PRODUCTION_FEATURES.size(); i++) {
            Feature kafka = Feature.PRODUCTION_FEATURES.get(i);
            MetadataReleases.Feature ours = MetadataReleases.FEATURES.get(i);
            assertEquals(kafka.featureName(), ours.name());
            for (MetadataVersion version : MetadataVersion.VERSIONS) {
                assertEquals(
                        kafka.defaultLevel(version),
                        ours.level(version.featureLevel()),
                        ours.name() + " at " + version);
            }
            assertEquals(kafka.latestTesting(), ours.since().size());
            assertFalse(ours.has(-1));
            for (FeatureVersion version : kafka.featureVersions()) {
                assertTrue(ours.has(version.featureLevel()));
                var needs = new TreeMap<String, Integer>();
                version.dependencies().forEach((name, level) -> needs.put(name, (int) level));
                assertEquals(
                        needs,
                        new TreeMap<>(
                                ours.needs().getOrDefault((int) version.featureLevel(), Map.of())));
            }
        }
    }
}
