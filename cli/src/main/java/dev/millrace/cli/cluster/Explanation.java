package dev.millrace.cli.cluster;

import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/// Failures in sentences: what the cluster said, and what to do about it.
public final class Explanation {
    private Explanation() {}

    /// One sentence, with advice where we have some.
    ///
    /// @param address where the command was connected to
    public static String of(Throwable failure, String address) {
        String advice = advice(failure, address);
        String what = what(failure);
        return advice == null ? what : what + "; " + advice;
    }

    /// What failed, in the broker's words where it gave any.
    public static String what(Throwable failure) {
        if (failure instanceof CommandFailed known) {
            return known.sentence();
        }
        Throwable cause = failure;
        // The client wraps the telling failure ("Failed to construct kafka consumer"): show the
        // innermost.
        for (int depth = 0; depth < 8 && wraps(cause) && cause.getCause() != null; depth++) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        if (message == null || message.isBlank()) {
            return cause.getClass().getSimpleName();
        }
        String line = message.strip();
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }

    private static boolean wraps(Throwable failure) {
        return failure.getClass() == KafkaException.class
                || failure.getClass() == RuntimeException.class;
    }

    /// What to do about a failure, or null when we know nothing that its own message does not say.
    public static @Nullable String advice(Throwable failure, String address) {
        return switch (failure) {
            case TimeoutException late when isAnswered(late) -> null;
            case TimeoutException _ ->
                    "something listens at "
                            + address
                            + " but gave no answer in time: is it a Kafka listener, with the same security settings,"
                            + " and are its advertised listeners reachable from here?";
            case UnsupportedVersionException _ ->
                    "the broker serves no version of this request that this command speaks";
            case TopicExistsException _ -> "`millrace topic describe NAME` shows it";
            case UnknownTopicOrPartitionException _ ->
                    "`millrace topic list` shows the topics there are";
            case AuthenticationException _ ->
                    "check user, password and security.protocol in the file given with --command-config";
            case AuthorizationException _ ->
                    "ask for the right, or log in as another user with --command-config";
            case RecordTooLargeException _ ->
                    "raise max.request.size of the producer and max.message.bytes of the topic";
            case ConfigException _ -> null;
            default -> null;
        };
    }

    /// The client has waited for a cluster that answered: for a partition that is not there, or for what a broker refused again and again.
    private static boolean isAnswered(TimeoutException late) {
        boolean refused =
                late.getCause() instanceof ApiException cause
                        && !(cause instanceof TimeoutException)
                        && !(cause instanceof DisconnectException);
        return refused || String.valueOf(late.getMessage()).contains("with partition count");
    }

    /// The sentence beside Kafka's error when a topic asks for more replicas than there are brokers; null for other failures.
    public static @Nullable String replicationAdvice(Throwable failure, int brokers, int asked) {
        if (!(failure instanceof InvalidReplicationFactorException) || asked <= brokers) {
            return null;
        }
        return "this cluster has "
                + (brokers == 1 ? "1 broker" : brokers + " brokers")
                + ": use --replication-factor "
                + brokers
                + (brokers == 1 ? "" : " or less");
    }
}
