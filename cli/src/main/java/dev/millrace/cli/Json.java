package dev.millrace.cli;

import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// JSON output. Streaming only: no databind classes are loaded to print.
final class Json {
    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /// Prints one document on one line.
    static void print(Terminal terminal, Consumer<JsonGenerator> document) {
        terminal.line(text(document));
    }

    /// One document as text.
    static String text(Consumer<JsonGenerator> document) {
        var text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            document.accept(json);
        }
        return text.toString();
    }

    /// Writes bytes as text where they are UTF-8; otherwise in base 64 under the name with `Base64` appended, so that a reader can
    /// tell the two apart and nothing is lost.
    static void bytes(JsonGenerator json, String name, byte @Nullable [] bytes) {
        if (bytes == null) {
            json.writeNullProperty(name);
            return;
        }
        try {
            json.writeStringProperty(
                    name,
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException binary) {
            json.writeStringProperty(name + "Base64", Base64.getEncoder().encodeToString(bytes));
        }
    }
}
