package dev.millrace.cli.record;

import java.io.PrintStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/// A form in which records are shown.
@FunctionalInterface
public interface Printer {
    /// Writes one record, its line end included.
    void print(ConsumerRecord<byte[], byte[]> record, PrintStream out);
}
