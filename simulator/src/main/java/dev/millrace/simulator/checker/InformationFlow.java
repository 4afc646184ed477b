package dev.millrace.simulator.checker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Which transaction has read from which; finds circles, as strongly connected components (Tarjan, without recursion).
final class InformationFlow {
    private final IdentityHashMap<Operation, Node> nodes = new IdentityHashMap<>();
    private final List<Node> inOrder = new ArrayList<>();

    private static final class Node {
        final Operation operation;
        final Set<Node> readers = new LinkedHashSet<>();
        int index = -1;
        int low;
        boolean onStack;

        Node(Operation operation) {
            this.operation = operation;
        }
    }

    /// One node on the way down, and how many of its readers were looked at.
    private static final class Visit {
        final Node node;
        final List<Node> readers;
        int next;

        Visit(Node node) {
            this.node = node;
            this.readers = List.copyOf(node.readers);
        }
    }

    void add(Operation writer, Operation reader) {
        node(writer).readers.add(node(reader));
    }

    private Node node(Operation operation) {
        Node known = nodes.get(operation);
        if (known == null) {
            known = new Node(operation);
            nodes.put(operation, known);
            inOrder.add(known);
        }
        return known;
    }

    List<List<Operation>> circles() {
        var circles = new ArrayList<List<Operation>>();
        Deque<Node> stack = new ArrayDeque<>();
        int[] index = {0};
        for (Node root : inOrder) {
            if (root.index < 0) {
                visit(root, index, stack, circles);
            }
        }
        return circles;
    }

    private static void visit(
            Node root, int[] index, Deque<Node> stack, List<List<Operation>> circles) {
        Deque<Visit> path = new ArrayDeque<>();
        path.push(entered(root, index, stack));
        while (!path.isEmpty()) {
            Visit here = path.element();
            if (here.next < here.readers.size()) {
                Node reader = here.readers.get(here.next++);
                if (reader.index < 0) {
                    path.push(entered(reader, index, stack));
                } else if (reader.onStack) {
                    here.node.low = Math.min(here.node.low, reader.index);
                }
                continue;
            }
            path.pop();
            if (!path.isEmpty()) {
                Node parent = path.element().node;
                parent.low = Math.min(parent.low, here.node.low);
            }
            if (here.node.low == here.node.index) {
                component(here.node, stack, circles);
            }
        }
    }

    private static Visit entered(Node node, int[] index, Deque<Node> stack) {
        node.index = index[0]++;
        node.low = node.index;
        node.onStack = true;
        stack.push(node);
        return new Visit(node);
    }

    private static void component(Node root, Deque<Node> stack, List<List<Operation>> circles) {
        var members = new ArrayList<Operation>();
        Node member;
        do {
            member = stack.pop();
            member.onStack = false;
            members.add(member.operation);
        } while (member.index != root.index);
        if (members.size() > 1) {
            circles.add(members);
        }
    }
}
