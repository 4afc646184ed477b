package dev.millrace.cli.cluster;

import static dev.millrace.cli.cluster.Connection.await;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.admin.UserScramCredentialsDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.jspecify.annotations.Nullable;

/// Quotas of users, clients and addresses, and the SCRAM credentials of users.
public final class Quotas {
    private static final int DEFAULT_ITERATIONS = 4096;

    private final Admin admin;

    /// @param admin borrowed, not closed here
    public Quotas(Admin admin) {
        this.admin = admin;
    }

    /// Quotas of exactly these kinds of entity, sorted.
    ///
    /// @param filter which entities of which kinds
    public Map<ClientQuotaEntity, Map<String, Double>> describe(
            Collection<ClientQuotaFilterComponent> filter) {
        var sorted =
                new TreeMap<ClientQuotaEntity, Map<String, Double>>(
                        Comparator.comparing(ClientQuotaEntity::toString));
        await(admin.describeClientQuotas(ClientQuotaFilter.containsOnly(filter)).entities())
                .forEach((entity, quotas) -> sorted.put(entity, new TreeMap<>(quotas)));
        return sorted;
    }

    /// Sets and removes quotas of one entity.
    public void alter(ClientQuotaEntity entity, ConfigChanges changes) {
        var operations = new ArrayList<ClientQuotaAlteration.Op>();
        changes.set()
                .forEach((key, value) ->
                        operations.add(new ClientQuotaAlteration.Op(key, number(key, value))));
        changes.removed().forEach(key -> operations.add(removal(key)));
        await(
                admin.alterClientQuotas(List.of(new ClientQuotaAlteration(entity, operations)))
                        .all());
    }

    /// The client library marks a removal with a null value, and does not say so in its types.
    @SuppressWarnings("NullAway")
    private static ClientQuotaAlteration.Op removal(String key) {
        return new ClientQuotaAlteration.Op(key, null);
    }

    private static double number(String key, String value) {
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException wrong) {
            throw CommandFailed.usage(
                    "Cannot parse quota configuration value for " + key + ": " + value);
        }
    }

    /// True for the key of a SCRAM credential.
    public static boolean isScram(String key) {
        return ScramMechanism.fromMechanismName(key) != ScramMechanism.UNKNOWN;
    }

    /// The credentials that users have, `SCRAM-SHA-256=iterations=4096` by user, sorted; users without any are left out.
    ///
    /// @param user null for every user
    public Map<String, List<String>> scram(@Nullable String user) {
        var answers =
                user == null
                        ? admin.describeUserScramCredentials()
                        : admin.describeUserScramCredentials(List.of(user));
        var credentials = new TreeMap<String, List<String>>();
        for (String name : await(answers.users())) {
            try {
                credentials.put(name, text(await(answers.description(name))));
            } catch (KafkaException none) {
                credentials.remove(name);
            }
        }
        return credentials;
    }

    private static List<String> text(UserScramCredentialsDescription description) {
        return description.credentialInfos().stream()
                .map(info -> info.mechanism().mechanismName() + "=iterations=" + info.iterations())
                .sorted()
                .toList();
    }

    /// Sets (`[iterations=8192,password=secret]`) and removes credentials of a user.
    public void alterScram(String user, ConfigChanges changes) {
        var alterations = new ArrayList<UserScramCredentialAlteration>();
        changes.removed()
                .forEach(key ->
                        alterations.add(
                                new UserScramCredentialDeletion(
                                        user, ScramMechanism.fromMechanismName(mechanism(key)))));
        changes.set().forEach((key, value) -> alterations.add(upsertion(user, key, value)));
        await(admin.alterUserScramCredentials(alterations).all());
    }

    private static String mechanism(String key) {
        return key.toUpperCase(Locale.ROOT);
    }

    private static UserScramCredentialUpsertion upsertion(String user, String key, String value) {
        var parts = new HashMap<>(ConfigChanges.parseSet(value));
        String password = parts.remove("password");
        String iterations = parts.remove("iterations");
        if (password == null || password.isEmpty() || !parts.isEmpty()) {
            throw CommandFailed.usage(
                    key + " takes [password=...] or [iterations=...,password=...]");
        }
        int rounds =
                iterations == null || iterations.equals("-1")
                        ? DEFAULT_ITERATIONS
                        : (int) number("iterations", iterations);
        return new UserScramCredentialUpsertion(
                user,
                new ScramCredentialInfo(ScramMechanism.fromMechanismName(mechanism(key)), rounds),
                password);
    }
}
