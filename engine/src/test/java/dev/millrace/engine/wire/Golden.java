package dev.millrace.engine.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.common.protocol.ApiKeys;

/// One question, and what Apache Kafka answered to it in each version: a file under `resources/golden`.
///
/// ```
/// { "about": "...", "api": "METADATA", "versions": [0, 1],
///   "request":   { as Kafka's JSON converters write it, with the fields of every version },
///   "mask":      [ names of fields whose values differ from run to run ],
///   "sort":      [ names of arrays whose order means nothing ],
///   "differs":   [ { "at": "name of a field", "ours": value, "why": "one sentence" } ],
///   "responses": { "0": { ... }, "1": { ... } } }
/// ```
/// Written by hand but for `responses`, which a recording fills in; the difference is reviewed. Topic ids stand as
/// `id:NAME`.
record Golden(Path file, ObjectNode json) {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Path FOLDER = Path.of("src/test/resources/golden");

    static List<Golden> all() throws IOException {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            var cases = new ArrayList<Golden>();
            for (Path file : files.filter(Golden::isCase).sorted().toList()) {
                cases.add(new Golden(file, (ObjectNode) JSON.readTree(file.toFile())));
            }
            return cases;
        }
    }

    private static boolean isCase(Path file) {
        return file.toString().endsWith(".json");
    }

    ApiKeys api() {
        return ApiKeys.valueOf(json.get("api").asText());
    }

    List<Short> versions() {
        var versions = new ArrayList<Short>();
        json.get("versions").forEach(version -> versions.add(version.shortValue()));
        return versions;
    }

    /// @param ids of the topics, by name
    JsonNode request(Map<String, String> ids) {
        var texts = new TreeMap<String, String>();
        ids.forEach((name, id) -> texts.put("id:" + name, id));
        return replaced(json.get("request"), texts);
    }

    JsonNode recorded(short version) {
        return json.path("responses").path(String.valueOf(version));
    }

    /// What was recorded, with the differences that were decided.
    JsonNode expected(short version) {
        JsonNode expected = recorded(version).deepCopy();
        for (JsonNode difference : json.path("differs")) {
            put(expected, difference.get("at").asText(), difference.get("ours"));
        }
        return expected;
    }

    void record(short version, JsonNode response) {
        json.withObject("/responses").set(String.valueOf(version), response);
    }

    void save() throws IOException {
        Files.writeString(
                file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
    }

    /// The answer without what differs from run to run.
    JsonNode comparable(JsonNode response, Map<String, String> ids) {
        var texts = new TreeMap<String, String>();
        ids.forEach((name, id) -> texts.put(id, "id:" + name));
        JsonNode result = replaced(response, texts);
        json.path("mask").forEach(name -> put(result, name.asText(), TextNode.valueOf("*")));
        json.path("sort").forEach(name -> sort(result, name.asText()));
        return result;
    }

    private static JsonNode replaced(JsonNode node, Map<String, String> texts) {
        if (node.isTextual()) {
            return TextNode.valueOf(texts.getOrDefault(node.asText(), node.asText()));
        }
        if (node instanceof ArrayNode array) {
            ArrayNode copy = JSON.createArrayNode();
            array.forEach(element -> copy.add(replaced(element, texts)));
            return copy;
        }
        if (node instanceof ObjectNode object) {
            ObjectNode copy = JSON.createObjectNode();
            object.properties()
                    .forEach(field -> copy.set(field.getKey(), replaced(field.getValue(), texts)));
            return copy;
        }
        return node;
    }

    /// Replaces every present field of that name, at any depth.
    private static void put(JsonNode node, String name, JsonNode value) {
        if (node instanceof ObjectNode object && object.has(name)) {
            object.set(name, value);
        }
        for (Iterator<JsonNode> children = node.elements(); children.hasNext(); ) {
            put(children.next(), name, value);
        }
    }

    private static void sort(JsonNode node, String name) {
        if (node instanceof ObjectNode object && object.get(name) instanceof ArrayNode array) {
            var elements = new TreeMap<String, JsonNode>();
            array.forEach(element -> elements.put(element.toString(), element));
            object.set(name, JSON.createArrayNode().addAll(elements.values()));
        }
        for (Iterator<JsonNode> children = node.elements(); children.hasNext(); ) {
            sort(children.next(), name);
        }
    }

    @Override
    public String toString() {
        return FOLDER.relativize(file).toString();
    }
}
