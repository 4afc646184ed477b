package dev.millrace.engine.metadata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.common.message.UpdateFeaturesRequestData.FeatureUpdateKey;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiError;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The quorum's own version cannot be taken back: it changes when everything else of the request can.
final class FeatureDecisionsTest {
    private static final String OF_QUORUM = "kraft.version";

    private record Update(String feature, int level) {}

    record Case(String name, List<Update> updates, boolean dry, Errors want, List<String> raised) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> requests() {
        var raise = new Update(OF_QUORUM, 1);
        var groups = new Update("group.version", 1);
        var refused = new Update("share.version", 1);
        return Stream.of(
                new Case("alone", List.of(raise), false, Errors.NONE, List.of("1")),
                new Case("dry", List.of(raise), true, Errors.NONE, List.of("1 dry")),
                new Case("others", List.of(raise, groups), false, Errors.NONE, List.of("1")),
                new Case(
                        "before one that is refused",
                        List.of(raise, refused),
                        false,
                        Errors.INVALID_UPDATE_VERSION,
                        List.of()),
                new Case(
                        "after one that is refused",
                        List.of(refused, raise),
                        false,
                        Errors.INVALID_UPDATE_VERSION,
                        List.of()),
                new Case(
                        "as it is",
                        List.of(new Update(OF_QUORUM, 0)),
                        false,
                        Errors.NONE,
                        List.of()));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void allOfThemOrNone(Case each) {
        var raised = new ArrayList<String>();
        var updates = new LinkedHashMap<String, FeatureUpdateKey>();
        for (Update update : each.updates) {
            updates.put(
                    update.feature,
                    new FeatureUpdateKey()
                            .setFeature(update.feature)
                            .setMaxVersionLevel((short) update.level)
                            .setUpgradeType(UpgradeType.UPGRADE.code()));
        }
        Decision<ApiError> decided =
                FeatureDecisions.update(
                        new TestMetadata(true).image(),
                        ClusterDefaults.of(1, Map.of()),
                        (short) 0,
                        (level, dry) -> raised.add(level + (dry ? " dry" : "")),
                        updates,
                        each.dry);
        assertEquals(each.want, decided.response().error());
        assertEquals(each.raised, raised);
    }
}
