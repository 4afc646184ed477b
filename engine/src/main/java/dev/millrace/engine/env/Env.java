package dev.millrace.engine.env;

/// The doors of one node, handed to whoever needs them; a class takes the one or two it uses, not this, unless it builds
/// others.
public interface Env {
    Clock clock();

    Timers timers();

    Workers workers();

    Entropy entropy();

    /// A new turn for a new owner; `owner` names it in messages.
    Turn newTurn(String owner);
}
