package dev.millrace.bench.report;

/// How a side of the comparison is called in a sentence.
final class Side {
    private Side() {}

    static String name(String side) {
        return switch (side) {
            case "kafka" -> "Apache Kafka";
            case "millrace" -> "Millrace";
            default -> side;
        };
    }
}
