package dev.millrace.broker.config;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// The words of a command that is read without a library, so that it costs no start time.
public final class OptionWords {
    private OptionWords() {}

    /// `--port=9093` is `--port 9093`.
    public static List<String> apart(List<String> words) {
        var apart = new ArrayList<String>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (word.startsWith("--") && equals > 0) {
                apart.add(word.substring(0, equals));
                apart.add(word.substring(equals + 1));
            } else {
                apart.add(word);
            }
        }
        return apart;
    }

    /// The word behind an option.
    ///
    /// @param command whose help is named
    /// @throws WrongSetting when there is none
    public static String value(String command, String option, Iterator<String> rest)
            throws WrongSetting {
        if (!rest.hasNext()) {
            throw new WrongSetting(
                    option + " wants a value; see `millrace " + command + " --help`");
        }
        return rest.next();
    }
}
