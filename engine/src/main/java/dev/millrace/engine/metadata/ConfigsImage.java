package dev.millrace.engine.metadata;

import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.common.config.ConfigResource;
import org.pcollections.TreePMap;

/// What has been set at run time, by resource and key. Values as they were written; a broker's default resource has the
/// empty name.
public final class ConfigsImage {
    /// (Not made with `Comparator.comparing`: its serializable lambdas do not fit into a start-up cache.)
    static final Comparator<ConfigResource> ORDER = ConfigsImage::compare;

    static final ConfigsImage EMPTY = new ConfigsImage(TreePMap.empty(ORDER));

    private final TreePMap<ConfigResource, TreePMap<String, String>> byResource;

    private ConfigsImage(TreePMap<ConfigResource, TreePMap<String, String>> byResource) {
        this.byResource = byResource;
    }

    private static int compare(ConfigResource a, ConfigResource b) {
        int byType = Byte.compare(a.type().id(), b.type().id());
        return byType != 0 ? byType : a.name().compareTo(b.name());
    }

    /// The values set on this resource itself, in key order; empty when there are none.
    public SortedMap<String, String> of(ConfigResource resource) {
        return own(resource);
    }

    /// Every resource that has a value, in order of type and name.
    public Iterable<ConfigResource> resources() {
        return byResource.keySet();
    }

    private TreePMap<String, String> own(ConfigResource resource) {
        return byResource.getOrDefault(resource, TreePMap.empty());
    }

    ConfigsImage with(ConfigResource resource, String key, String value) {
        return new ConfigsImage(byResource.plus(resource, own(resource).plus(key, value)));
    }

    ConfigsImage without(ConfigResource resource, String key) {
        TreePMap<String, String> left = own(resource).minus(key);
        return new ConfigsImage(
                left.isEmpty() ? byResource.minus(resource) : byResource.plus(resource, left));
    }

    ConfigsImage without(ConfigResource resource) {
        return new ConfigsImage(byResource.minus(resource));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ConfigsImage that && byResource.equals(that.byResource);
    }

    @Override
    public int hashCode() {
        return byResource.hashCode();
    }

    /// Names only: a value may be a secret (C3).
    @Override
    public String toString() {
        var names = new StringBuilder("ConfigsImage[");
        for (Map.Entry<ConfigResource, TreePMap<String, String>> entry : byResource.entrySet()) {
            names.append(entry.getKey()).append(entry.getValue().keySet());
        }
        return names.append(']').toString();
    }
}
