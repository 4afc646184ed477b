package dev.millrace.broker.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.broker.config.WrongSetting;
import dev.millrace.engine.doctor.Diagnosis;
import dev.millrace.engine.doctor.Diagnosis.Entry;
import dev.millrace.engine.log.Finding;
import dev.millrace.engine.log.Mend;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/// The reports, word by word.
final class DoctorTextTest {
    private static final String DATA = "/var/lib/millrace";
    private static final String SEGMENT = "00000000000000000000.log";
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

    private static final Mend MEND = new Mend("makes it anew from the log", () -> {});
    private static final Mend EMPTY =
            new Mend("puts an empty batch in the place of the damaged bytes", () -> {});

    private static final Entry NOTE =
            new Entry(
                    DATA,
                    "orders-1",
                    new TopicPartition("orders", 1),
                    Finding.note(SEGMENT + ".deleted", "is out of use: the next start deletes it"));
    private static final Entry WRONG =
            new Entry(
                    DATA,
                    "orders-0",
                    ORDERS,
                    Finding.wrong("leader-epoch-checkpoint", "cannot be read", MEND));
    private static final Entry ODD =
            new Entry(DATA, "", null, Finding.odd("meta.properties", "is damaged"));
    private static final Entry LOST =
            new Entry(
                    DATA,
                    "orders-0",
                    ORDERS,
                    Finding.lost(
                            SEGMENT,
                            "bytes 5000 to 5699 are damaged (the checksum does not match)",
                            new Finding.Lost(
                                    42_949,
                                    46_794,
                                    5000,
                                    700,
                                    1_795_938_338_737L,
                                    1_795_938_338_758L),
                            EMPTY));

    private static Diagnosis diagnosis(Entry... entries) {
        return new Diagnosis(List.of(entries), 2, 2_689_935);
    }

    private static DoctorFindings told(
            Diagnosis first, Diagnosis last, List<DoctorRun.Repaired> repaired, String... options)
            throws WrongSetting {
        var words = new java.util.ArrayList<>(List.of(DATA));
        words.addAll(List.of(options));
        return new DoctorFindings(DoctorOptions.parse(words), first, last, repaired);
    }

    private static DoctorFindings looked(Entry... entries) throws WrongSetting {
        return told(diagnosis(entries), diagnosis(entries), List.of());
    }

    @Test
    void healthy() throws WrongSetting {
        assertEquals(
                "/var/lib/millrace is healthy: 2 partitions, 2.7 MB of records checked.\n",
                DoctorText.text(looked()));
    }

    @Test
    void theWorstFirstAndWhatToDo() throws WrongSetting {
        assertEquals(
                """
                /var/lib/millrace: 3 problems found. 2 partitions, 2.7 MB of records checked.

                LOST   topic orders, partition 0: the 3846 records at offsets 42949 to 46794 cannot be read
                       orders-0/00000000000000000000.log bytes 5000 to 5699 are damaged (the checksum does not match)
                       written between 2026-11-29 07:45:38.737 and 2026-11-29 07:45:38.758 (UTC)
                ODD    meta.properties is damaged
                WRONG  orders-0/leader-epoch-checkpoint cannot be read
                       --repair: makes it anew from the log

                Nothing has to be done about:
                  orders-1/00000000000000000000.log.deleted is out of use: the next start deletes it

                Next:
                  millrace doctor /var/lib/millrace --repair   puts right what is WRONG (1 repair)
                  What is LOST is in no file here: if there is a backup or another replica, bring those folders back from it first.
                  Or leave it: the broker starts, and serves everything else; of a damaged partition at most what lies around the damage.
                  millrace doctor /var/lib/millrace --quarantine   gives it up: keeps the damaged bytes beside the segment, and has all around them served
                """,
                DoctorText.text(looked(NOTE, WRONG, ODD, LOST)));
    }

    @Test
    void afterARepair() throws WrongSetting {
        var done = new DoctorRun.Repaired(MEND, List.of(WRONG), null);
        assertEquals(
                """
                done   orders-0/leader-epoch-checkpoint
                       makes it anew from the log

                /var/lib/millrace is healthy: 2 partitions, 2.7 MB of records checked, and again after the repair.

                Next:
                  Start the broker.
                """,
                DoctorText.text(told(diagnosis(WRONG), diagnosis(), List.of(done), "--repair")));
    }

    @Test
    void aRepairThatTheDiskRefuses() throws WrongSetting {
        var failed =
                new DoctorRun.Repaired(
                        MEND, List.of(WRONG), new IOException("No space left on device"));
        assertEquals(
                """
                FAILED orders-0/leader-epoch-checkpoint
                       makes it anew from the log: No space left on device

                /var/lib/millrace: 1 problem found. 2 partitions, 2.7 MB of records checked, and again after the repair.

                WRONG  orders-0/leader-epoch-checkpoint cannot be read
                """,
                DoctorText.text(
                        told(diagnosis(WRONG), diagnosis(WRONG), List.of(failed), "--repair")));
    }

    @Test
    void forPrograms() throws WrongSetting {
        assertEquals(
                """
                {"directories":["/var/lib/millrace"],"healthy":false,"partitions":2,"bytes":2689935,"repairs":[],\
                "findings":[{"weight":"lost","directory":"/var/lib/millrace","folder":"orders-0","topic":"orders","partition":0,\
                "file":"00000000000000000000.log","what":"bytes 5000 to 5699 are damaged (the checksum does not match)",\
                "firstOffset":42949,"lastOffset":46794,"position":5000,"bytes":700,"after":"2026-11-29T07:45:38.737Z",\
                "before":"2026-11-29T07:45:38.758Z","quarantine":"puts an empty batch in the place of the damaged bytes"},\
                {"weight":"wrong","directory":"/var/lib/millrace","folder":"orders-0","topic":"orders","partition":0,\
                "file":"leader-epoch-checkpoint","what":"cannot be read","repair":"makes it anew from the log"}]}
                """,
                DoctorJson.text(looked(WRONG, LOST)));
    }

    @Test
    void helpFitsATerminal() {
        var out = new ByteArrayOutputStream();
        var print = new PrintStream(out, true, StandardCharsets.UTF_8);
        assertEquals(0, DoctorRun.run(List.of("--help"), print, print, false));
        String help = out.toString(StandardCharsets.UTF_8);
        assertEquals(DoctorOptions.HELP, help);
        assertTrue(help.lines().allMatch(line -> line.length() <= 100), help);
    }

    @Test
    void theWordsAreThoseOfUp() throws WrongSetting {
        assertEquals("[millrace-data]", DoctorOptions.parse(List.of()).directories().toString());
        assertEquals(
                "[/a, /b]",
                DoctorOptions.parse(List.of("--data=/a", "/b", "/a")).directories().toString());
        DoctorOptions quarantine = DoctorOptions.parse(List.of("--quarantine", "--output=json"));
        assertTrue(quarantine.repair() && quarantine.quarantine() && quarantine.json());
    }
}
