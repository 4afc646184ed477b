package dev.millrace.engine.testing;

import dev.millrace.engine.env.Clock;
import dev.millrace.engine.env.Entropy;
import dev.millrace.engine.env.Env;
import dev.millrace.engine.env.Timers;
import dev.millrace.engine.env.Turn;
import dev.millrace.engine.env.Workers;
import java.util.function.UnaryOperator;

/// An environment of a test that has its hands on every turn that is made.
///
/// @param each gives the turn that is used in its place
public record WatchedTurns(Env env, UnaryOperator<Turn> each) implements Env {
    @Override
    public Clock clock() {
        return env.clock();
    }

    @Override
    public Timers timers() {
        return env.timers();
    }

    @Override
    public Workers workers() {
        return env.workers();
    }

    @Override
    public Entropy entropy() {
        return env.entropy();
    }

    @Override
    public Turn newTurn(String owner) {
        return each.apply(env.newTurn(owner));
    }
}
