package dev.millrace.engine.metadata;

import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/// The nodes that have registered, by id.
public final class ClusterImage {
    static final ClusterImage EMPTY = new ClusterImage(TreePMap.empty(), TreePMap.empty());

    private final TreePMap<Integer, BrokerImage> brokers;
    private final TreePMap<Integer, ControllerImage> controllers;

    private ClusterImage(
            TreePMap<Integer, BrokerImage> brokers,
            TreePMap<Integer, ControllerImage> controllers) {
        this.brokers = brokers;
        this.controllers = controllers;
    }

    public SortedMap<Integer, BrokerImage> brokers() {
        return brokers;
    }

    public SortedMap<Integer, ControllerImage> controllers() {
        return controllers;
    }

    public @Nullable BrokerImage broker(int id) {
        return brokers.get(id);
    }

    ClusterImage with(BrokerImage broker) {
        return new ClusterImage(brokers.plus(broker.id(), broker), controllers);
    }

    ClusterImage withoutBroker(int id) {
        return new ClusterImage(brokers.minus(id), controllers);
    }

    ClusterImage with(ControllerImage controller) {
        return new ClusterImage(brokers, controllers.plus(controller.id(), controller));
    }

    ClusterImage withoutController(int id) {
        return new ClusterImage(brokers, controllers.minus(id));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClusterImage that
                && brokers.equals(that.brokers)
                && controllers.equals(that.controllers);
    }

    @Override
    public int hashCode() {
        return 31 * brokers.hashCode() + controllers.hashCode();
    }

    @Override
    public String toString() {
        return "ClusterImage" + brokers.values() + controllers.values();
    }
}
