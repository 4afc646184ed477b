package dev.millrace.broker.doctor;

import dev.millrace.engine.doctor.Diagnosis;
import dev.millrace.engine.doctor.Diagnosis.Entry;
import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.Finding.Lost;
import java.io.StringWriter;
import java.time.Instant;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What a program reads: one document on one line. Times are ISO 8601.
final class DoctorJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private DoctorJson() {}

    static String text(DoctorFindings told) {
        var text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            write(json, told);
        }
        return text + "\n";
    }

    private static void write(JsonGenerator json, DoctorFindings told) {
        Diagnosis last = told.last();
        json.writeStartObject();
        json.writeArrayPropertyStart("directories");
        told.options().directories().forEach(path -> json.writeString(path.toString()));
        json.writeEndArray();
        json.writeBooleanProperty("healthy", last.healthy());
        json.writeNumberProperty("partitions", last.partitions());
        json.writeNumberProperty("bytes", told.first().bytes());
        json.writeArrayPropertyStart("repairs");
        for (DoctorRun.Repaired repaired : told.repaired()) {
            json.writeStartObject();
            json.writeStringProperty("does", repaired.mend().does());
            json.writeBooleanProperty("done", repaired.failed() == null);
            if (repaired.failed() != null) {
                json.writeStringProperty("failure", repaired.failed().getMessage());
            }
            json.writeArrayPropertyStart("findings");
            repaired.entries().forEach(entry -> write(json, entry));
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("findings");
        last.worstFirst().forEach(entry -> write(json, entry));
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Entry entry) {
        Finding finding = entry.finding();
        json.writeStartObject();
        json.writeStringProperty("weight", finding.weight().name().toLowerCase(Locale.ROOT));
        json.writeStringProperty("directory", entry.directory());
        if (!entry.folder().isEmpty()) {
            json.writeStringProperty("folder", entry.folder());
        }
        if (entry.partition() != null) {
            json.writeStringProperty("topic", entry.partition().topic());
            json.writeNumberProperty("partition", entry.partition().partition());
        }
        json.writeStringProperty("file", finding.file());
        json.writeStringProperty("what", finding.what());
        Lost lost = finding.lost();
        if (lost != null) {
            json.writeNumberProperty("firstOffset", lost.firstOffset());
            if (lost.lastOffset() >= lost.firstOffset()) {
                json.writeNumberProperty("lastOffset", lost.lastOffset());
            }
            json.writeNumberProperty("position", lost.position());
            json.writeNumberProperty("bytes", lost.bytes());
            time(json, "after", lost.after());
            time(json, "before", lost.before());
        }
        if (finding.mend() != null) {
            json.writeStringProperty("repair", finding.mend().does());
        }
        if (finding.quarantine() != null) {
            json.writeStringProperty("quarantine", finding.quarantine().does());
        }
        json.writeEndObject();
    }

    private static void time(JsonGenerator json, String name, long ms) {
        if (ms >= 0) {
            json.writeStringProperty(name, Instant.ofEpochMilli(ms).toString());
        }
    }
}
