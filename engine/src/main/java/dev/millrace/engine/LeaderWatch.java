package dev.millrace.engine;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.metadata.ClusterDefaults;
import dev.millrace.engine.metadata.Controller;
import dev.millrace.engine.metadata.LeaderElections;
import dev.millrace.engine.metadata.Metadata;
import dev.millrace.engine.metadata.MetadataImage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The elections that nobody asks for, while this node is the active controller:
///
/// - a partition without a leader that somebody may lead gets one, when the metadata have changed: one that was left over when a broker
///   came back;
/// - a partition that has lost every in-sync replica gets any that is alive, where `unclean.leader.election.enable` allows it: looked
///   for when the metadata have changed, and every `unclean.leader.election.interval.ms`;
/// - a preferred leader gets back what another leads, every `leader.imbalance.check.interval.seconds`, where that is more than
///   `leader.imbalance.per.broker.percentage` of what it should lead, unless `auto.leader.rebalance.enable` is off.
///
/// **Owner.** One thread at a time: the watch of [ControllerSide].
final class LeaderWatch {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderWatch.class);

    /// Elections of one decision. What is left is done at the next look.
    private static final int MOST = 1_000;

    private final Clock clock;
    private final Metadata metadata;
    private final Controller controller;
    private final ClusterDefaults defaults;
    private final long uncleanMs;
    private final boolean balances;
    private final long balanceMs;
    private final int tolerated;
    private long lookedAt = -1;
    private long nextUncleanMs;
    private long nextBalanceMs;

    LeaderWatch(
            NodeSettings settings,
            Clock clock,
            Metadata metadata,
            Controller controller,
            ClusterDefaults defaults) {
        this.clock = clock;
        this.metadata = metadata;
        this.controller = controller;
        this.defaults = defaults;
        this.uncleanMs = settings.number("unclean.leader.election.interval.ms", 300_000);
        this.balances = settings.flag("auto.leader.rebalance.enable", true);
        this.balanceMs = 1_000 * settings.number("leader.imbalance.check.interval.seconds", 300);
        this.tolerated = settings.integer("leader.imbalance.per.broker.percentage", 10);
        this.nextBalanceMs = clock.monotonicMs() + balanceMs;
    }

    /// Decides what is due.
    void look() {
        long now = clock.monotonicMs();
        MetadataImage image = metadata.image();
        if (image.offset() != lookedAt || now >= nextUncleanMs) {
            lookedAt = image.offset();
            nextUncleanMs = now + uncleanMs;
            elect(image);
        }
        if (balances && now >= nextBalanceMs) {
            nextBalanceMs = now + balanceMs;
            balance(image);
        }
    }

    private void elect(MetadataImage image) {
        if (LeaderElections.waiting(image).response() > 0) {
            controller.submit(LeaderElections::waiting);
        }
        int waiting = LeaderElections.unclean(image, defaults, MOST).response();
        if (waiting > 0) {
            LOG.warn("{} partitions without a leader get one that may lack records", waiting);
            controller.submit(newest -> LeaderElections.unclean(newest, defaults, MOST));
        }
    }

    private void balance(MetadataImage image) {
        int elsewhere = LeaderElections.balance(image, tolerated, MOST).response();
        if (elsewhere > 0) {
            LOG.info("{} partitions go back to their preferred leaders", elsewhere);
            controller.submit(newest -> LeaderElections.balance(newest, tolerated, MOST));
        }
        if (elsewhere >= MOST) {
            nextBalanceMs = clock.monotonicMs();
        }
    }
}
