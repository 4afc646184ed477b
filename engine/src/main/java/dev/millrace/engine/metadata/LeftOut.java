package dev.millrace.engine.metadata;

import java.util.Locale;

/// What Kafka's metadata may hold and we do not serve: adopted only when somebody says that it is to be left out.
public enum LeftOut {
    ACLS(
            "access control entry",
            "access control entries",
            "Millrace checks no access yet, so without them everybody may do everything"),
    SCRAM(
            "SCRAM credential",
            "SCRAM credentials",
            "Millrace knows no passwords yet, so without them nobody has to say who he is"),
    QUOTAS(
            "client quota",
            "client quotas",
            "Millrace slows nobody down yet, so without them nobody is limited"),
    TOKENS(
            "delegation token",
            "delegation tokens",
            "Millrace issues none yet, so without them their holders cannot log in"),
    SHARE_GROUPS(
            "topic of share groups",
            "topics of share groups",
            "Millrace has no share groups yet, so without it their positions are lost");

    private final String one;
    private final String many;
    private final String consequence;

    LeftOut(String one, String many, String consequence) {
        this.one = one;
        this.many = many;
        this.consequence = consequence;
    }

    /// As it is written on a command line.
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// "2 client quotas".
    public String counted(int count) {
        return count + " " + (count == 1 ? one : many);
    }

    /// What is different without it; the end of a sentence.
    public String consequence() {
        return consequence;
    }
}
