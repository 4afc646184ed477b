package dev.millrace.engine.metadata;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/// The one place where it is decided who leads a partition, who is in sync, and who may lead though it is not in sync. A
/// decision says what is to be other than now ([#isr], [#replicas], [#lost], ...), and gets the record that does this and all
/// that follows from it:
///
/// ```
/// wanted --> a move whose target is in sync is done --> eligible leaders counted --> leader elected --> epochs --> record
/// ```
/// **Leader.** The present one while it may lead; else the first replica that may: in sync, or eligible when nobody is in
/// sync (KIP-966); else the last known leader, when it alone is left, as after an unclean election; else any replica that is
/// alive, where that is allowed; else none.
/// **Eligible leaders** are those who have left the in-sync set while it was smaller than the minimum, so that they hold
/// everything that is committed. They are outside the in-sync set, and there are none while that is large enough (R3).
/// **Leader epoch** rises with every leader that is named: another one, the same one when a replica is dropped, and below
/// metadata version 3.6 when the in-sync set shrinks.
final class PartitionChange {
    /// Whom an election may choose.
    enum Election {
        /// The present leader stays while it may lead; else the first replica that may.
        ONLINE,
        /// As `ONLINE`, but the first replica leads as soon as it may.
        PREFERRED,
        /// As `ONLINE`, and rather a leader that lacks records than none.
        UNCLEAN
    }

    private static final int NO_CHANGE = -2;
    private static final byte RECOVERING = 1;
    private static final byte RECOVERED = 0;

    private final MetadataVersion version;
    private final boolean countsEligible;
    private final int minInSync;
    private final PartitionImage now;
    private final PartitionChangeRecord record;
    private final MetadataImage image;
    private final Map<Integer, Uuid> assigned = new HashMap<>();
    private List<Integer> replicas;
    private List<Integer> isr;
    private List<Integer> adding;
    private List<Integer> removing;
    private List<Integer> eligible;
    private boolean recovering;
    private boolean anew;
    private int lost = PartitionImage.NO_LEADER;
    private Election election = Election.ONLINE;

    private PartitionChange(MetadataImage image, TopicImage topic, int index) {
        this.image = image;
        this.version = image.features().metadataVersion();
        this.countsEligible = TopicRules.eligibleLeaders(image);
        this.minInSync = TopicRules.minInSync(image, topic);
        this.now = topic.partitions().get(index);
        this.record = new PartitionChangeRecord().setTopicId(topic.id()).setPartitionId(index);
        this.replicas = now.replicas();
        this.isr = now.isr();
        this.adding = now.adding();
        this.removing = now.removing();
        this.eligible = now.eligibleLeaders();
        this.recovering = now.recovering();
    }

    /// Of a partition of the image, which tells who is alive: a decision that changes that asks on the image with its change.
    /// Without anything said, it elects a leader where there is none that may lead.
    static PartitionChange of(MetadataImage image, TopicImage topic, int index) {
        return new PartitionChange(image, topic, index);
    }

    /// Who is to be in sync.
    PartitionChange isr(List<Integer> wanted) {
        isr = List.copyOf(wanted);
        return this;
    }

    /// Takes a broker out of the in-sync set.
    PartitionChange without(int broker) {
        isr = minus(isr, List.of(broker));
        return this;
    }

    /// A broker that may have lost what it had written: neither in sync nor eligible any more (R12).
    PartitionChange lost(int broker) {
        lost = broker;
        return without(broker);
    }

    /// Who is to hold the partition; of these, `adding` while they are not in sync, and `removing` until then.
    PartitionChange replicas(List<Integer> wanted, List<Integer> toAdd, List<Integer> toRemove) {
        replicas = List.copyOf(wanted);
        adding = List.copyOf(toAdd);
        removing = List.copyOf(toRemove);
        return this;
    }

    /// The log directory of one replica.
    PartitionChange directory(int broker, Uuid directory) {
        assigned.put(broker, directory);
        return this;
    }

    /// Whether the leader still recovers from an unclean election (KIP-704).
    PartitionChange recovering(boolean wanted) {
        recovering = wanted;
        return this;
    }

    PartitionChange elect(Election wanted) {
        election = wanted;
        return this;
    }

    /// A leader that stays begins a new epoch.
    PartitionChange inNewEpoch() {
        anew = true;
        return this;
    }

    /// The record of the change; null when everything is as it should be.
    @Nullable ApiMessageAndVersion record() {
        finishMove();
        countEligible();
        Elected elected = elected();
        if (elected.id != now.leader() || elected.unclean) {
            lead(elected);
        } else if (anew || !replicas.containsAll(now.replicas())) {
            record.setLeader(now.leader());
        }
        if (!isr.equals(now.isr()) && (!isr.isEmpty() || countsEligible)) {
            record.setIsr(isr);
            if (version.isLeaderEpochBumpRequiredOnIsrShrink()
                    && record.leader() == NO_CHANGE
                    && !isr.containsAll(now.isr())) {
                record.setLeader(now.leader());
            }
        }
        if (!eligible.equals(now.eligibleLeaders())) {
            record.setEligibleLeaderReplicas(eligible);
        }
        rememberLeader();
        assign();
        if (recovering != now.recovering()) {
            record.setLeaderRecoveryState(recovering ? RECOVERING : RECOVERED);
        }
        return isNothing()
                ? null
                : new ApiMessageAndVersion(record, version.partitionChangeRecordVersion());
    }

    /// As [#record()], into a list.
    void addTo(List<ApiMessageAndVersion> records) {
        ApiMessageAndVersion change = record();
        if (change != null) {
            records.add(change);
        }
    }

    /// A move is done when those it adds are in sync with somebody who stays, and all who stay when it leaves fewer (KIP-455).
    private void finishMove() {
        if (adding.isEmpty() && removing.isEmpty()) {
            return;
        }
        List<Integer> staying = minus(replicas, removing);
        List<Integer> inSync = minus(isr, removing);
        boolean fewer = adding.size() < removing.size();
        if (!inSync.isEmpty() && inSync.containsAll(fewer ? staying : adding)) {
            replicas = staying;
            isr = inSync;
            adding = List.of();
            removing = List.of();
        }
    }

    private void countEligible() {
        if (!countsEligible || isr.size() >= minInSync) {
            eligible = List.of();
            return;
        }
        var candidates = new TreeSet<>(eligible);
        candidates.addAll(now.isr());
        candidates.removeIf(id -> isr.contains(id) || id == lost || !replicas.contains(id));
        eligible = List.copyOf(candidates);
    }

    private record Elected(int id, boolean unclean) {}

    private Elected elected() {
        if (election == Election.PREFERRED && mayLead(replicas.getFirst())) {
            return new Elected(replicas.getFirst(), false);
        }
        if (mayLead(now.leader())) {
            return new Elected(now.leader(), false);
        }
        for (int replica : replicas) {
            if (mayLead(replica)) {
                return new Elected(replica, false);
            }
        }
        return recovered();
    }

    /// Nobody is left who holds everything for certain.
    private Elected recovered() {
        List<Integer> last = now.lastKnownEligibleLeaders();
        if (countsEligible
                && isr.isEmpty()
                && eligible.isEmpty()
                && last.size() == 1
                && replicas.contains(last.getFirst())
                && isOnline(last.getFirst())) {
            return new Elected(last.getFirst(), true);
        }
        if (election == Election.UNCLEAN) {
            for (int replica : replicas) {
                if (isOnline(replica)) {
                    return new Elected(replica, true);
                }
            }
        }
        return new Elected(PartitionImage.NO_LEADER, false);
    }

    private boolean mayLead(int replica) {
        return (isr.contains(replica) || (isr.isEmpty() && eligible.contains(replica)))
                && isOnline(replica);
    }

    private boolean isOnline(int replica) {
        @Nullable BrokerImage broker = image.cluster().broker(replica);
        return broker != null
                && broker.active()
                && Directories.online(broker, directoryOf(replica));
    }

    private void lead(Elected elected) {
        record.setLeader(elected.id);
        if (elected.unclean) {
            isr = List.of(elected.id);
            eligible = List.of();
            recovering = true;
        } else if (eligible.contains(elected.id)) {
            isr = List.of(elected.id);
            eligible = isr.size() < minInSync ? minus(eligible, isr) : List.of();
        }
    }

    /// Who led last is kept while there is no leader. A partition of before eligible leaders were kept was led by the last who
    /// was in sync.
    private void rememberLeader() {
        List<Integer> last = now.lastKnownEligibleLeaders();
        if (!countsEligible) {
            return;
        }
        if (record.leader() >= 0 && !last.isEmpty()) {
            record.setLastKnownElr(List.of());
        } else if (last.isEmpty()
                && now.hasLeader()
                && record.leader() == PartitionImage.NO_LEADER) {
            record.setLastKnownElr(List.of(now.leader()));
        } else if (last.isEmpty() && !now.hasLeader() && isr.isEmpty() && now.isr().size() == 1) {
            record.setLastKnownElr(now.isr());
        }
    }

    private void assign() {
        if (version.isDirectoryAssignmentSupported()) {
            List<Uuid> directories = replicas.stream().map(this::directoryOf).toList();
            if (!directories.equals(now.directories())) {
                record.setDirectories(directories);
            }
        }
        if (!replicas.equals(now.replicas())) {
            record.setReplicas(replicas);
        }
        if (!removing.equals(now.removing())) {
            record.setRemovingReplicas(removing);
        }
        if (!adding.equals(now.adding())) {
            record.setAddingReplicas(adding);
        }
    }

    /// What is said, or what is known, or where a new replica comes to.
    private Uuid directoryOf(int replica) {
        Uuid known = assigned.get(replica);
        if (known != null) {
            return known;
        }
        int index = now.replicas().indexOf(replica);
        return index >= 0
                ? now.directories().get(index)
                : NewPartitions.directories(image.cluster(), List.of(replica)).getFirst();
    }

    private boolean isNothing() {
        return record.leader() == NO_CHANGE
                && record.isr() == null
                && record.eligibleLeaderReplicas() == null
                && record.lastKnownElr() == null
                && record.replicas() == null
                && record.removingReplicas() == null
                && record.addingReplicas() == null
                && record.directories() == null
                && record.leaderRecoveryState() == -1;
    }

    private static List<Integer> minus(List<Integer> all, List<Integer> without) {
        var rest = new ArrayList<>(all);
        rest.removeAll(without);
        return List.copyOf(rest);
    }
}
