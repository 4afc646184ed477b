package dev.millrace.engine.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.InvocationTargetException;
import org.apache.kafka.common.protocol.ApiMessage;

/// Messages as JSON, by the converters that Kafka generates beside each message class.
public final class MessageJson {
    private MessageJson() {}

    public static JsonNode write(ApiMessage message, short version) {
        return (JsonNode)
                converter(
                        message.getClass(),
                        "write",
                        new Class<?>[] {message.getClass(), short.class},
                        message,
                        version);
    }

    /// @throws IllegalArgumentException when a field of that version is missing or of another type
    public static <M extends ApiMessage> M read(Class<M> type, JsonNode json, short version) {
        return type.cast(
                converter(
                        type, "read", new Class<?>[] {JsonNode.class, short.class}, json, version));
    }

    private static Object converter(
            Class<?> type, String method, Class<?>[] parameters, Object... arguments) {
        try {
            return Class.forName(type.getName() + "JsonConverter")
                    .getMethod(method, parameters)
                    .invoke(null, arguments);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(type.getSimpleName() + ": " + e.getCause(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
