package dev.millrace.engine.env;

import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.protocol.ApiMessage;

/// Sends requests to other nodes, by the wire protocol that clients speak.
///
/// Contract:
/// - a stage completes once: with the response to that request, or with an exception that says why there is none (refused,
///   lost, not in time, too many under way); after a failure the peer may have handled the request all the same, or may yet;
/// - requests to one address are sent in the order in which they were given, over one connection at a time; after that
///   connection is lost, what was under way on it fails and none of it is sent again;
/// - `send` does not block and may be called in a turn; stages complete on a thread of the host that holds no turn, or on
///   the caller's when the answer is known at once;
/// - the number of requests under way per address is bounded: one more fails at once.
public interface Peers {
    /// @param version of the API that the message belongs to; the peer serves it
    /// @param timeoutMs from now until the stage fails, connecting included
    CompletionStage<ApiMessage> send(Address to, short version, ApiMessage request, long timeoutMs);

    /// As [#send], where the host would not connect again so soon after it could not: for whoever asks seldom, and wants to know now. A
    /// connection that is there, or being made, is used all the same.
    default CompletionStage<ApiMessage> sendAtOnce(
            Address to, short version, ApiMessage request, long timeoutMs) {
        return send(to, version, request, timeoutMs);
    }

    /// As [#send], for an answer with records that are looked at once and not kept: the host may use their memory again.
    ///
    /// @return completes with an answer that whoever gets it gives back
    default CompletionStage<Borrowed> borrow(
            Address to, short version, ApiMessage request, long timeoutMs) {
        return send(to, version, request, timeoutMs).thenApply(Borrowed::kept);
    }

    /// An answer whose records nobody may look at once it is given back.
    ///
    /// @param giveBack to be run once
    record Borrowed(ApiMessage message, Runnable giveBack) {
        /// One that stays as it is.
        public static Borrowed kept(ApiMessage message) {
            return new Borrowed(message, () -> {});
        }
    }

    /// Where a node listens; the name is looked up for every connection.
    record Address(String host, int port) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }
}
