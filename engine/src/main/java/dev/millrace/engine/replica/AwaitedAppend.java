package dev.millrace.engine.replica;

import dev.millrace.engine.log.AppendResult;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;

/// An append whose acknowledgement is waited for from the moment on at which it was made, or was found to be a duplicate. So it is
/// acknowledged by the leadership that has it in its log, or not at all: this broker may follow another, have the batch cut off, and lead
/// again before it is asked a second time.
///
/// @param committed NONE once the batch is acknowledged as was asked for, or why it never will be; of a refused append, its error.
///     Whoever gives up completes it, and is forgotten
public record AwaitedAppend(AppendResult result, CompletableFuture<Errors> committed) {}
