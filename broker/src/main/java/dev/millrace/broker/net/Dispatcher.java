package dev.millrace.broker.net;

import dev.millrace.engine.api.ClientConnection;
import dev.millrace.engine.api.MalformedRequest;
import dev.millrace.engine.api.Outcome;
import dev.millrace.engine.api.Router;
import dev.millrace.engine.api.Router.Call;
import dev.millrace.engine.check.Invariant;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Between frames and handlers: what a handler throws ends here.
///
/// A handler does not throw because of what a client sent; when one throws all the same it is a bug of ours: it is logged with
/// its stack trace and the client gets `UNKNOWN_SERVER_ERROR`. A broken invariant stops the process.
///
/// **Owner.** Immutable; any thread.
final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final Router router;
    private final Consumer<Invariant.Broken> stopTheProcess;

    Dispatcher(Router router, Consumer<Invariant.Broken> stopTheProcess) {
        this.router = router;
        this.stopTheProcess = stopTheProcess;
    }

    /// About how many bytes of heap the request needs until it is answered.
    long heapCost(ByteBuffer frame) {
        return router.heapCost(frame);
    }

    Call decode(ByteBuffer frame, ClientConnection from) throws MalformedRequest {
        return router.decode(frame, from);
    }

    Outcome<? extends ApiMessage> handle(Call call) {
        try {
            return router.handle(call);
        } catch (Invariant.Broken broken) {
            stopTheProcess.accept(broken);
            return new Outcome.Close<>(broken.toString());
        } catch (RuntimeException | StackOverflowError bug) {
            log(call, bug);
            return failed(call);
        }
    }

    /// Goes on with an answer whose signal has come. The request's frame may be in use for another request by now.
    Outcome<? extends ApiMessage> resume(Outcome.Parked<? extends ApiMessage> parked) {
        return resume(parked.resume());
    }

    /// Goes on with a request whose signal has come.
    Outcome<? extends ApiMessage> resume(Outcome.Blocked<? extends ApiMessage> blocked) {
        return resume(blocked.resume());
    }

    private Outcome<? extends ApiMessage> resume(
            Supplier<? extends Outcome<? extends ApiMessage>> resume) {
        try {
            return resume.get();
        } catch (Invariant.Broken broken) {
            stopTheProcess.accept(broken);
            return new Outcome.Close<>(broken.toString());
        } catch (RuntimeException | StackOverflowError bug) {
            LOG.error("An answer that waited cannot be given; its connection is closed", bug);
            return new Outcome.Close<>("internal error");
        }
    }

    private static Outcome<? extends ApiMessage> failed(Call call) {
        try {
            ApiMessage answer = Router.failure(call, Errors.UNKNOWN_SERVER_ERROR);
            return answer == null
                    ? new Outcome.Close<>("internal error")
                    : new Outcome.Reply<>(answer);
        } catch (RuntimeException e) {
            return new Outcome.Close<>("internal error");
        }
    }

    private static void log(Call call, Throwable bug) {
        var context = call.context();
        LOG.error(
                "{} version {} from {} (client id {}) failed",
                context.api().name,
                context.version(),
                context.connection().clientHost(),
                context.clientId(),
                bug);
    }
}
