package dev.millrace.broker.adopt;

import java.util.List;

/// There is something that cannot be adopted, or not so. Nothing of the original was changed.
public final class AdoptRefused extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<String> reasons;

    AdoptRefused(List<String> reasons) {
        super(String.join(" ", reasons));
        this.reasons = List.copyOf(reasons);
    }

    static AdoptRefused because(String reason) {
        return new AdoptRefused(List.of(reason));
    }

    /// One sentence or more each, all that are known.
    public List<String> reasons() {
        return reasons;
    }
}
