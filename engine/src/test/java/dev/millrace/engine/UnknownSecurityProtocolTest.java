package dev.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ControllerRegistrationRequestData;
import org.apache.kafka.common.message.ControllerRegistrationResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/// A controller registers with a listener that no node could read in the metadata log.
final class UnknownSecurityProtocolTest {
    @Test
    void aControllersListenerIsRefused() throws IOException {
        var voter = new LoneVoter(Map.of());
        var request =
                new ControllerRegistrationRequestData()
                        .setControllerId(2)
                        .setIncarnationId(new Uuid(2, 2));
        request.listeners()
                .add(
                        new ControllerRegistrationRequestData.Listener()
                                .setName("ODD")
                                .setHost("a")
                                .setPort(9093)
                                .setSecurityProtocol((short) 99));
        var answer =
                (ControllerRegistrationResponseData)
                        voter.ask(
                                voter.node.controllerRouter(),
                                ApiKeys.CONTROLLER_REGISTRATION,
                                0,
                                request);
        assertEquals(Errors.INVALID_REGISTRATION.code(), answer.errorCode());
        assertEquals("Unknown security protocol 99 in listener ODD", answer.errorMessage());
        assertTrue(voter.node.image().cluster().controllers().get(2) == null);
    }
}
