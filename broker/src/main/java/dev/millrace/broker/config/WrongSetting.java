package dev.millrace.broker.config;

/// A setting that stops the start. The message is one sentence for the person who set it: key, value, what is allowed.
public final class WrongSetting extends Exception {
    private static final long serialVersionUID = 1;

    public WrongSetting(String sentence) {
        super(sentence);
    }

    static WrongSetting of(String key, String value, String problem) {
        return new WrongSetting(key + " = " + value + ": " + problem);
    }
}
