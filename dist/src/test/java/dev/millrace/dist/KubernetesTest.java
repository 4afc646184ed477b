package dev.millrace.dist;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.BrokerConfig;
import dev.millrace.broker.config.ListenerSpec;
import dev.millrace.broker.config.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/// The manifests of `deploy/kubernetes`, without a Kubernetes: every field is one that its place has, and every name that refers to
/// something is the name of something.
final class KubernetesTest {
    /// Fields by place; a place is a kind and the fields that lead there, lists left out. What is not here may not be used.
    private static final Map<String, String> FIELDS = new TreeMap<>();

    static {
        for (String kind : List.of("Service", "ConfigMap", "PodDisruptionBudget", "StatefulSet")) {
            FIELDS.put(kind + ".metadata", "name labels");
            FIELDS.put(kind + ".metadata.labels", "app.kubernetes.io/name");
        }
        FIELDS.put("Service", "apiVersion kind metadata spec");
        FIELDS.put("Service.spec", "selector ports clusterIP publishNotReadyAddresses");
        FIELDS.put("Service.spec.selector", "app.kubernetes.io/name");
        FIELDS.put("Service.spec.ports", "name port targetPort");
        FIELDS.put("ConfigMap", "apiVersion kind metadata data");
        FIELDS.put("ConfigMap.data", "server.properties start.sh");
        FIELDS.put("PodDisruptionBudget", "apiVersion kind metadata spec");
        FIELDS.put("PodDisruptionBudget.spec", "maxUnavailable selector");
        FIELDS.put("PodDisruptionBudget.spec.selector", "matchLabels");
        FIELDS.put("PodDisruptionBudget.spec.selector.matchLabels", "app.kubernetes.io/name");
        FIELDS.put("StatefulSet", "apiVersion kind metadata spec");
        String set = "StatefulSet.spec";
        FIELDS.put(
                set,
                "serviceName replicas podManagementPolicy updateStrategy minReadySeconds selector template volumeClaimTemplates");
        FIELDS.put(set + ".updateStrategy", "type");
        FIELDS.put(set + ".selector", "matchLabels");
        FIELDS.put(set + ".selector.matchLabels", "app.kubernetes.io/name");
        FIELDS.put(set + ".template", "metadata spec");
        FIELDS.put(set + ".template.metadata", "labels");
        FIELDS.put(set + ".template.metadata.labels", "app.kubernetes.io/name");
        String pod = set + ".template.spec";
        FIELDS.put(
                pod,
                "terminationGracePeriodSeconds automountServiceAccountToken securityContext topologySpreadConstraints containers volumes");
        FIELDS.put(
                pod + ".securityContext",
                "runAsNonRoot runAsUser runAsGroup fsGroup fsGroupChangePolicy seccompProfile");
        FIELDS.put(pod + ".securityContext.seccompProfile", "type");
        FIELDS.put(
                pod + ".topologySpreadConstraints",
                "maxSkew topologyKey whenUnsatisfiable labelSelector");
        FIELDS.put(pod + ".topologySpreadConstraints.labelSelector", "matchLabels");
        FIELDS.put(
                pod + ".topologySpreadConstraints.labelSelector.matchLabels",
                "app.kubernetes.io/name");
        FIELDS.put(pod + ".volumes", "name configMap emptyDir");
        FIELDS.put(pod + ".volumes.configMap", "name");
        FIELDS.put(pod + ".volumes.emptyDir", "");
        String container = pod + ".containers";
        FIELDS.put(
                container,
                "name image command env ports startupProbe readinessProbe livenessProbe lifecycle securityContext resources volumeMounts");
        FIELDS.put(container + ".env", "name value valueFrom");
        FIELDS.put(container + ".env.valueFrom", "fieldRef");
        FIELDS.put(container + ".env.valueFrom.fieldRef", "fieldPath");
        FIELDS.put(container + ".ports", "name containerPort");
        for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
            FIELDS.put(
                    container + "." + probe,
                    "httpGet initialDelaySeconds periodSeconds timeoutSeconds failureThreshold");
            FIELDS.put(container + "." + probe + ".httpGet", "path port");
        }
        FIELDS.put(container + ".lifecycle", "preStop");
        FIELDS.put(container + ".lifecycle.preStop", "exec");
        FIELDS.put(container + ".lifecycle.preStop.exec", "command");
        FIELDS.put(
                container + ".securityContext",
                "allowPrivilegeEscalation readOnlyRootFilesystem capabilities");
        FIELDS.put(container + ".securityContext.capabilities", "drop");
        FIELDS.put(container + ".resources", "requests limits");
        FIELDS.put(container + ".resources.requests", "cpu memory");
        FIELDS.put(container + ".resources.limits", "memory");
        FIELDS.put(container + ".volumeMounts", "name mountPath readOnly");
        String claim = set + ".volumeClaimTemplates";
        FIELDS.put(claim, "metadata spec");
        FIELDS.put(claim + ".metadata", "name");
        FIELDS.put(claim + ".spec", "accessModes resources");
        FIELDS.put(claim + ".spec.resources", "requests");
        FIELDS.put(claim + ".spec.resources.requests", "storage");
    }

    private static final Map<String, String> VERSIONS =
            Map.of(
                    "Service", "v1",
                    "ConfigMap", "v1",
                    "PodDisruptionBudget", "policy/v1",
                    "StatefulSet", "apps/v1");

    private static final List<Map<String, Object>> DOCUMENTS = new ArrayList<>();

    @BeforeAll
    static void read() throws Exception {
        var options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        DOCUMENTS.clear();
        try (var reader =
                Files.newBufferedReader(DeployTest.DEPLOY.resolve("kubernetes/millrace.yaml"))) {
            new Yaml(new SafeConstructor(options))
                    .loadAll(reader)
                    .forEach(each -> DOCUMENTS.add(map(each)));
        }
    }

    @SuppressWarnings("unchecked") // a YAML mapping whose keys are strings, which fields() checks
    private static Map<String, Object> map(Object node) {
        return (Map<String, Object>) node;
    }

    /// The value at a path such as `spec.template`.
    private static Object at(Map<String, Object> from, String path) {
        Object value = from;
        for (String field : path.split("\\.", -1)) {
            value = requireNonNull(map(value).get(field), path);
        }
        return value;
    }

    private static List<Map<String, Object>> list(Map<String, Object> from, String path) {
        return ((List<?>) at(from, path)).stream().map(KubernetesTest::map).toList();
    }

    private static Map<String, Object> only(String kind) {
        List<Map<String, Object>> found =
                DOCUMENTS.stream().filter(each -> kind.equals(each.get("kind"))).toList();
        assertEquals(1, found.size(), kind);
        return found.getFirst();
    }

    private static Map<String, Object> set() {
        return only("StatefulSet");
    }

    private static Map<String, Object> container() {
        List<Map<String, Object>> all = list(set(), "spec.template.spec.containers");
        assertEquals(1, all.size());
        return all.getFirst();
    }

    @Test
    void everyFieldIsOneThatItsPlaceHas() {
        assertEquals(5, DOCUMENTS.size());
        for (Map<String, Object> document : DOCUMENTS) {
            String kind = String.valueOf(document.get("kind"));
            assertEquals(VERSIONS.get(kind), document.get("apiVersion"), kind);
            fields(kind, document);
        }
    }

    private static void fields(String place, Object node) {
        switch (node) {
            case List<?> list -> list.forEach(each -> fields(place, each));
            case Map<?, ?> fields -> {
                String known = requireNonNull(FIELDS.get(place), place);
                fields.forEach((field, value) -> {
                    assertTrue(
                            Set.of(known.split(" ")).contains(field), place + " has no " + field);
                    fields(place + "." + field, value);
                });
            }
            default -> {}
        }
    }

    @Test
    void selectorsFindThePods() {
        Object labels = at(set(), "spec.template.metadata.labels");
        assertEquals(labels, at(set(), "spec.selector.matchLabels"));
        assertEquals(labels, at(only("PodDisruptionBudget"), "spec.selector.matchLabels"));
        for (Map<String, Object> document : DOCUMENTS) {
            if ("Service".equals(document.get("kind"))) {
                assertEquals(labels, at(document, "spec.selector"));
            }
        }
        list(set(), "spec.template.spec.topologySpreadConstraints")
                .forEach(each -> assertEquals(labels, at(each, "labelSelector.matchLabels")));
    }

    @Test
    void portsHaveTheNamesAndNumbersOfTheListeners(@TempDir Path folder) throws Exception {
        Map<Object, Object> ports =
                list(container(), "ports").stream()
                        .collect(Collectors.toMap(p -> p.get("name"), p -> p.get("containerPort")));
        for (Map<String, Object> document : DOCUMENTS) {
            if ("Service".equals(document.get("kind"))) {
                for (Map<String, Object> port : list(document, "spec.ports")) {
                    assertEquals(ports.get(port.get("targetPort")), port.get("port"));
                }
            }
        }
        var listening = new HashSet<Object>();
        BrokerConfig config = config(folder);
        config.listeners().stream().map(ListenerSpec::port).forEach(listening::add);
        String http = String.valueOf(config.http());
        listening.add(Integer.valueOf(http.substring(http.indexOf(':') + 1)));
        assertEquals(listening, Set.copyOf(ports.values()));
        assertEquals("0.0.0.0", http.substring(0, http.indexOf(':')), "probes come from outside");
        for (String probe : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
            assertEquals("http", at(container(), probe + ".httpGet.port"));
        }
        assertEquals("/ready", at(container(), "readinessProbe.httpGet.path"));
        assertEquals("/live", at(container(), "livenessProbe.httpGet.path"));
    }

    /// As a pod would give them: its own number and name, over what all have in common.
    private static BrokerConfig config(Path folder) throws Exception {
        Path file = folder.resolve("server.properties");
        Files.writeString(
                file,
                String.valueOf(
                        map(at(only("ConfigMap"), "data")).get(file.getFileName().toString())));
        var warnings = new ArrayList<String>();
        BrokerConfig config =
                BrokerConfig.from(
                        Settings.read(
                                file,
                                List.of(
                                        "node.id=1",
                                        "advertised.listeners=PLAINTEXT://millrace-0.millrace-nodes.ns.svc:9092")),
                        warnings);
        assertEquals(List.of(), warnings);
        return config;
    }

    @Test
    void theVotersAreThePodsOfTheHeadlessService(@TempDir Path folder) throws Exception {
        Object service = at(set(), "spec.serviceName");
        Map<String, Object> headless =
                DOCUMENTS.stream()
                        .filter(each -> "Service".equals(each.get("kind")))
                        .filter(each -> service.equals(at(each, "metadata.name")))
                        .findFirst()
                        .orElseThrow();
        assertEquals("None", at(headless, "spec.clusterIP"));
        assertEquals(true, at(headless, "spec.publishNotReadyAddresses"));
        assertEquals("Parallel", at(set(), "spec.podManagementPolicy"));
        String voters =
                IntStream.range(0, (int) at(set(), "spec.replicas"))
                        .mapToObj(i ->
                                "%d@%s-%d.%s:9093"
                                        .formatted(i + 1, at(set(), "metadata.name"), i, service))
                        .collect(Collectors.joining(","));
        assertEquals(voters, config(folder).settings().get("controller.quorum.voters"));
    }

    @Test
    void volumesAndFilesAreThere(@TempDir Path folder) throws Exception {
        var volumes = new HashSet<Object>();
        for (Map<String, Object> volume : list(set(), "spec.template.spec.volumes")) {
            volumes.add(volume.get("name"));
            if (volume.containsKey("configMap")) {
                assertEquals(at(only("ConfigMap"), "metadata.name"), at(volume, "configMap.name"));
            }
        }
        list(set(), "spec.volumeClaimTemplates")
                .forEach(claim -> volumes.add(at(claim, "metadata.name")));
        var mounted = new HashSet<Object>();
        list(container(), "volumeMounts").forEach(mount -> mounted.add(mount.get("name")));
        assertEquals(volumes, mounted);
        assertTrue(config(folder).logDirs().getFirst().startsWith("/var/lib/millrace"));
        assertEquals(List.of("/bin/sh", "/etc/millrace/start.sh"), at(container(), "command"));
    }

    /// Run with a command in place of the real one, the start script says what the command would be told.
    @Test
    void aPodsNumberMakesItsNode(@TempDir Path folder) throws Exception {
        String script =
                String.valueOf(map(at(only("ConfigMap"), "data")).get("start.sh"))
                        .replace("exec /opt/millrace/millrace", "echo");
        Path file = folder.resolve("start.sh");
        Files.writeString(file, script);
        var builder = new ProcessBuilder("/bin/sh", file.toString());
        builder.environment().put("POD_NAME", "millrace-2");
        builder.environment().put("POD_NAMESPACE", "events");
        Process process = builder.redirectErrorStream(true).start();
        List<String> words =
                List.of(
                        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                                .strip()
                                .split(" +"));
        assertEquals(0, process.waitFor());
        assertEquals("up", words.getFirst());
        assertTrue(words.contains("node.id=3"), words.toString());
        assertTrue(
                words.contains(
                        "advertised.listeners=PLAINTEXT://millrace-2.millrace-nodes.events.svc:9092"),
                words.toString());
        for (String name : List.of("POD_NAME", "POD_NAMESPACE")) {
            assertTrue(
                    list(container(), "env").stream()
                            .anyMatch(env -> name.equals(env.get("name"))));
        }
    }

    @Test
    void aStopHasTheTimeItNeedsAndOnePodMayBeAway() {
        int grace = (int) at(set(), "spec.template.spec.terminationGracePeriodSeconds");
        List<?> sleep = (List<?>) at(container(), "lifecycle.preStop.exec.command");
        assertTrue(grace >= Integer.parseInt(String.valueOf(sleep.getLast())) + 30);
        assertEquals(1, at(only("PodDisruptionBudget"), "spec.maxUnavailable"));
        assertEquals(true, at(set(), "spec.template.spec.securityContext.runAsNonRoot"));
        assertEquals(false, at(set(), "spec.template.spec.automountServiceAccountToken"));
        assertEquals(
                10_001,
                at(set(), "spec.template.spec.securityContext.runAsUser"),
                "as in the image");
    }
}
