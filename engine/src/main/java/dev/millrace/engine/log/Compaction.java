package dev.millrace.engine.log;

import dev.millrace.engine.env.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// One pass of compaction over one log: `docs/compaction.md`.
///
/// ```
///   mapping --> cleaning group by group, each with a swap --> over
///      +------------+------------------------------------------^   cancelled
/// ```
///
/// **Owner.** Whoever steps it, one thread at a time, holding no turn: it reads sealed segments and writes files that nobody else
/// knows. What changes the log it does in the log's turn, by [Owner]. After an exception it is [#abandon()]ed.
public final class Compaction {
    /// Read in one step, about.
    static final long STEP_BYTES = 4 << 20;

    /// Lends the log's turn.
    public interface Owner {
        /// Does something in the turn.
        ///
        /// @return what it returned; false without doing it when the log serves nobody any more
        boolean inTurn(Action action) throws IOException;

        /// Something to do to the log.
        interface Action {
            boolean run() throws IOException;
        }
    }

    /// What a pass is made of; planned in the turn.
    ///
    /// @param sources all sealed segments below `range.end`
    /// @param all those and what follows: where the ends of transactions are looked for
    record Plan(
            CompactedLog log,
            Storage directory,
            LogSettings settings,
            CompactionLimits limits,
            Cleanable range,
            List<CompactionSource> sources,
            List<CompactionSource> all,
            LastOfProducer lastOfProducer,
            long logStart,
            long logEnd,
            int generation,
            long nowMs,
            long secret0,
            long secret1) {
        KeyHash hash() {
            return new KeyHash(secret0, secret1);
        }

        BatchReader reader() {
            return new BatchReader(log.name().toString(), limits, sources.getFirst());
        }
    }

    private final Plan plan;
    private final Owner owner;

    /// What may not go away now.
    private List<CompactionSource> reading;

    private final OffsetMap map;
    private final CompactionMapping mapping;
    private final BatchReader reader;
    private final BatchRewriter rewriter = new BatchRewriter();
    private @Nullable List<AbortedTransaction> aborts;
    private @Nullable CompactionTransactions transactions;
    private @Nullable BatchFilter filter;
    private List<List<CompactionSource>> groups = List.of();
    private int group;
    private int inGroup;
    private int lastWithBatches;
    private boolean flushed;
    private boolean began;
    private @Nullable CleanedSegment cleaned;
    private boolean over;
    private boolean cancelled;

    private long bytesMapped;
    private long bytesIn;
    private long bytesOut;
    private long bytesWritten;
    private long recordsIn;
    private long recordsOut;

    Compaction(Plan plan, Owner owner) {
        this.plan = plan;
        this.owner = owner;
        Cleanable range = plan.range;
        this.map =
                OffsetMap.of(
                        range.firstDirty(),
                        range.end(),
                        plan.limits.mapBytes(),
                        plan.limits.mapLoad());
        this.reader = plan.reader();
        this.reading = dirtySources();
        this.mapping =
                new CompactionMapping(
                        reading, range.firstDirty(), map, plan.hash(), reader, this::aborts);
    }

    private List<CompactionSource> dirtySources() {
        return plan.sources.stream()
                .filter(source -> source.endOffset() > plan.range.firstDirty())
                .toList();
    }

    public boolean isOver() {
        return over;
    }

    /// Whether the host has to flush the log before the pass can begin: what the plan rests on (the segments, the markers that have
    /// decided transactions, the last batches of producers) must not be lost after others have gone because of it.
    public boolean awaitsFlush() throws IOException {
        return !flushed && !over && !owner.inTurn(() -> plan.log.flushedEnd() >= plan.logEnd);
    }

    /// Does a part of it. Nothing, while it [#awaitsFlush()].
    ///
    /// @return bytes read and written
    /// @throws UncleanableException when it would end the same way the next time
    /// @throws CorruptLogException when a segment is damaged
    public long step() throws IOException {
        if (over) {
            return 0;
        }
        try {
            if (!served()) {
                return cancelled();
            }
            flushed |= !awaitsFlush();
            return flushed ? part() : 0;
        } catch (CancellationException noMore) {
            return cancelled();
        } catch (UncleanableException | CorruptLogException never) {
            throw never;
        } catch (IOException failed) {
            if (served()) {
                throw failed;
            }
            return cancelled(); // retention has taken what was being read, and closed it
        }
    }

    /// Whether what is being read is still in the log.
    private boolean served() throws IOException {
        return owner.inTurn(() -> plan.log.holds(reading, plan.generation));
    }

    private long part() throws IOException {
        if (filter == null) {
            long read = mapping.step(STEP_BYTES);
            bytesMapped += read;
            if (mapping.isOver()) {
                beginCleaning();
            }
            return read;
        }
        return clean(filter);
    }

    /// As far as they matter for what has not been read yet.
    private List<AbortedTransaction> aborts() throws IOException {
        List<AbortedTransaction> known = aborts;
        if (known == null) {
            long from = reading.getFirst().baseOffset();
            known =
                    CompactionAborts.of(
                            plan.log,
                            owner,
                            plan.all.stream().filter(s -> s.baseOffset() >= from).toList(),
                            plan.range.end());
            aborts = known;
        }
        return known;
    }

    private void beginCleaning() throws IOException {
        long end = mapping.end();
        aborts = null; // known from the dirty section on only
        reading = List.of();
        groups =
                CompactionGroups.of(
                        plan.sources.stream().filter(s -> s.baseOffset() < end).toList(),
                        plan.settings,
                        plan.directory);
        filter =
                new BatchFilter(
                        plan.nowMs,
                        plan.settings.compaction().deleteRetentionMs(),
                        end,
                        map,
                        plan.hash(),
                        plan.lastOfProducer);
    }

    private long clean(BatchFilter judge) throws IOException {
        if (group == groups.size()) {
            finish();
            return 0;
        }
        CleanedSegment into = cleaned == null ? beginGroup() : cleaned;
        if (into == null) {
            group++;
            return 0;
        }
        List<CompactionSource> sources = reading;
        long before = into.written();
        long read = 0;
        while (read < STEP_BYTES && inGroup < sources.size()) {
            CompactionSource source = sources.get(inGroup);
            if (!began) {
                reader.begin(source, 0);
                began = true;
            }
            if (reader.next()) {
                read += reader.size();
                boolean last =
                        inGroup == lastWithBatches
                                && reader.position() + reader.size() == source.size();
                batch(judge, into, last);
            } else {
                inGroup++;
                began = false;
            }
        }
        bytesIn += read;
        if (inGroup == sources.size()) {
            endGroup(sources, into);
        }
        long wrote = into.written() - before;
        bytesWritten += wrote;
        return read + wrote;
    }

    /// @return null when retention has taken all of it
    private @Nullable CleanedSegment beginGroup() throws IOException {
        List<CompactionSource> sources = new ArrayList<>();
        owner.inTurn(() -> sources.addAll(plan.log.present(groups.get(group))));
        reading = sources;
        if (sources.isEmpty()) {
            return null;
        }
        var into =
                new CleanedSegment(
                        plan.directory,
                        sources.getFirst(),
                        plan.settings.indexIntervalBytes(),
                        plan.limits.blockBytes());
        cleaned = into;
        inGroup = 0;
        for (int i = 0; i < sources.size(); i++) {
            lastWithBatches = sources.get(i).size() > 0 ? i : lastWithBatches;
        }
        if (sources.size() > 1) {
            into.begin();
        }
        return into;
    }

    private void batch(BatchFilter judge, CleanedSegment into, boolean last) throws IOException {
        BatchFilter.Verdict verdict = judge.judge(reader, transactions(), last);
        AbortedTransaction aborted = judge.aborted();
        if (aborted != null) {
            into.aborted(aborted);
        }
        recordsIn += Math.max(judge.count(), BatchHeader.count(reader.batch(), reader.at()));
        switch (verdict) {
            case SAME -> {
                recordsOut += judge.count();
                into.same(reader.batch(), reader.at(), reader.size());
            }
            case REWRITTEN -> {
                recordsOut += judge.keptCount();
                rewriter.records(reader, judge.kept(), judge.keptCount(), judge.horizonMs());
                into.changed(rewriter.out(), 0, rewriter.size());
            }
            case EMPTY -> {
                rewriter.empty(reader);
                into.changed(rewriter.out(), 0, rewriter.size());
            }
            case GONE -> into.begin();
        }
    }

    private @Nullable CompactionTransactions transactions() throws IOException {
        CompactionTransactions known = transactions;
        boolean needed =
                BatchHeader.transactional(reader.batch(), reader.at())
                        || BatchHeader.control(reader.batch(), reader.at());
        if (known == null && needed) {
            known = new CompactionTransactions(aborts(), 0);
            transactions = known;
        }
        return known;
    }

    private void endGroup(List<CompactionSource> sources, CleanedSegment into) throws IOException {
        if (into.differs()) {
            into.finish();
            List<Segment> old = sources.stream().map(CompactionSource::segment).toList();
            if (!owner.inTurn(() -> plan.log.replace(old, plan.generation))) {
                cancelled();
                return;
            }
        }
        cleaned = null;
        reading = List.of();
        bytesOut += into.size();
        group++;
    }

    private void finish() throws IOException {
        over = true;
        if (!owner.inTurn(() -> plan.log.cleaned(mapping.end(), plan.generation))) {
            cancelled = true;
        }
    }

    /// Ends the pass; what it has swapped stays.
    private long cancelled() throws IOException {
        cancelled = true;
        abandon();
        return 0;
    }

    /// Deletes what was begun and is not in the log. A pass that has thrown is over.
    public void abandon() throws IOException {
        over = true;
        CleanedSegment begun = cleaned;
        cleaned = null;
        if (begun != null) {
            begun.discard();
        }
    }

    /// What it has done so far.
    public CompactionResult result() {
        return new CompactionResult(
                cancelled ? CompactionResult.Outcome.CANCELLED : CompactionResult.Outcome.DONE,
                plan.range.firstDirty(),
                mapping.end(),
                bytesMapped,
                bytesIn,
                bytesOut,
                bytesWritten,
                recordsIn,
                recordsOut,
                map.keys(),
                map.most());
    }
}
