package dev.millrace.cli.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.Test;

class MetadataReleasesTest {
    @Test
    void everyLevelIsCalledAsKafkaCallsIt() {
        for (MetadataVersion version : MetadataVersion.VERSIONS) {
            assertEquals(version.version(), MetadataReleases.name(version.featureLevel()));
        }
        assertEquals("UNKNOWN 6", MetadataReleases.name(6));
    }
}
