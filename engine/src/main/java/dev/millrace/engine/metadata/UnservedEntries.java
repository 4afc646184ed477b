package dev.millrace.engine.metadata;

import java.util.EnumMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.metadata.AccessControlEntryRecord;
import org.apache.kafka.common.metadata.ClientQuotaRecord;
import org.apache.kafka.common.metadata.DelegationTokenRecord;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.metadata.RemoveAccessControlEntryRecord;
import org.apache.kafka.common.metadata.RemoveDelegationTokenRecord;
import org.apache.kafka.common.metadata.RemoveUserScramCredentialRecord;
import org.apache.kafka.common.metadata.UserScramCredentialRecord;
import org.apache.kafka.common.protocol.ApiMessage;

/// What Kafka's metadata holds at its end of the kinds that [Replay] does not take: what was removed again does not count.
final class UnservedEntries {
    /// Whom each entry is about, by kind and by what identifies it.
    private final Map<LeftOut, Map<String, String>> entries = new EnumMap<>(LeftOut.class);

    /// @return false for a record that is not of these kinds
    boolean take(ApiMessage message) {
        switch (MetadataRecordType.fromId(message.apiKey())) {
            case ACCESS_CONTROL_ENTRY_RECORD -> {
                var record = (AccessControlEntryRecord) message;
                put(LeftOut.ACLS, record.id().toString(), record.principal());
            }
            case REMOVE_ACCESS_CONTROL_ENTRY_RECORD ->
                    remove(
                            LeftOut.ACLS,
                            ((RemoveAccessControlEntryRecord) message).id().toString());
            case USER_SCRAM_CREDENTIAL_RECORD -> {
                var record = (UserScramCredentialRecord) message;
                put(LeftOut.SCRAM, record.mechanism() + record.name(), record.name());
            }
            case REMOVE_USER_SCRAM_CREDENTIAL_RECORD -> {
                var record = (RemoveUserScramCredentialRecord) message;
                remove(LeftOut.SCRAM, record.mechanism() + record.name());
            }
            case CLIENT_QUOTA_RECORD -> quota((ClientQuotaRecord) message);
            case DELEGATION_TOKEN_RECORD -> {
                var record = (DelegationTokenRecord) message;
                put(LeftOut.TOKENS, record.tokenId(), record.owner());
            }
            case REMOVE_DELEGATION_TOKEN_RECORD ->
                    remove(LeftOut.TOKENS, ((RemoveDelegationTokenRecord) message).tokenId());
            default -> {
                return false;
            }
        }
        return true;
    }

    private void quota(ClientQuotaRecord record) {
        var whom = new TreeSet<String>();
        record.entity()
                .forEach(entity ->
                        whom.add(
                                entity.entityName() == null
                                        ? "any " + entity.entityType()
                                        : entity.entityType() + " " + entity.entityName()));
        String said = String.join(" with ", whom);
        if (record.remove()) {
            remove(LeftOut.QUOTAS, said + " " + record.key());
        } else {
            put(LeftOut.QUOTAS, said + " " + record.key(), said);
        }
    }

    private void put(LeftOut kind, String id, String whom) {
        entries.computeIfAbsent(kind, _ -> new TreeMap<>()).put(id, whom);
    }

    private void remove(LeftOut kind, String id) {
        entries.getOrDefault(kind, new TreeMap<>()).remove(id);
    }

    int count(LeftOut kind) {
        return entries.getOrDefault(kind, Map.of()).size();
    }

    /// Whom they are about, each once.
    SortedSet<String> whom(LeftOut kind) {
        return new TreeSet<>(entries.getOrDefault(kind, Map.of()).values());
    }
}
