package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;

/// Settings of topics, brokers, groups and client metrics.
public final class Configs {
    private final Admin admin;

    /// @param admin borrowed, not closed here
    public Configs(Admin admin) {
        this.admin = admin;
    }

    /// Every setting of a resource with its synonyms, sorted by key.
    public List<ConfigEntry> describe(ConfigResource resource) {
        var options = new DescribeConfigsOptions().includeSynonyms(true);
        var config = await(admin.describeConfigs(List.of(resource), options).all()).get(resource);
        var entries = new ArrayList<>(config == null ? List.<ConfigEntry>of() : config.entries());
        entries.sort(Comparator.comparing(ConfigEntry::name));
        return entries;
    }

    /// Changes settings of a resource, all or none of them.
    public void alter(ConfigResource resource, ConfigChanges changes) {
        var operations = new ArrayList<AlterConfigOp>();
        changes.set()
                .forEach((key, value) ->
                        operations.add(
                                new AlterConfigOp(
                                        new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        changes.removed()
                .forEach(key ->
                        operations.add(
                                new AlterConfigOp(
                                        new ConfigEntry(key, ""), AlterConfigOp.OpType.DELETE)));
        await(admin.incrementalAlterConfigs(Map.of(resource, operations)).all());
    }

    /// The names of everything of one type that exists or has settings, sorted.
    public Set<String> names(ConfigResource.Type type) {
        var names = new TreeSet<String>();
        switch (type) {
            case TOPIC ->
                    names.addAll(
                            await(
                                    admin.listTopics(new ListTopicsOptions().listInternal(true))
                                            .names()));
            case BROKER, BROKER_LOGGER ->
                    await(admin.describeCluster().nodes()).stream()
                            .map(Node::idString)
                            .forEach(names::add);
            case GROUP -> {
                await(admin.listGroups().all()).stream()
                        .map(GroupListing::groupId)
                        .forEach(names::add);
                names.addAll(withSettings(type));
            }
            default -> names.addAll(withSettings(type));
        }
        return names;
    }

    private List<String> withSettings(ConfigResource.Type type) {
        return await(
                        admin.listConfigResources(Set.of(type), new ListConfigResourcesOptions())
                                .all())
                .stream()
                .map(ConfigResource::name)
                .toList();
    }
}
