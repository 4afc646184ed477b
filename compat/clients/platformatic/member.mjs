// Members of one group with @platformatic/kafka.
import { Consumer } from '@platformatic/kafka';
import { POLL_MS, main, options, ranges, sleep, tell } from '../member.mjs';

class Member {
  id = '';
  epoch = -1;
  owned = [];
  reads = new Map();
  pending = new Map();
  /** By partition: this client reads again what it has read whenever its group rebalances; that is left out. */
  next = new Map();
  leaving = false;

  constructor(name) {
    this.name = name;
  }

  start() {
    this.ended = this.run();
    return this;
  }

  async run() {
    while (!this.leaving) {
      try {
        await this.open();
        while (!this.leaving) {
          await sleep(POLL_MS);
          if (this.failure) throw this.failure;
          await this.commit();
        }
      } catch (e) {
        console.error(e);
        this.tell('failed', { error: String(e) });
      }
      await this.consumer.close(true).catch((e) => console.error(e));
      this.owns([]);
    }
    this.tell('left');
  }

  async open() {
    this.failure = undefined;
    this.id = '';
    this.consumer = new Consumer({
      clientId: this.name,
      bootstrapBrokers: [options.bootstrap],
      groupId: options.group,
      autocommit: false,
      sessionTimeout: Number(options.session),
      heartbeatInterval: Number(options.heartbeat),
      rebalanceTimeout: Number(options.rebalance),
      protocols: [{ name: 'range', version: 0 }],
      partitionAssigner: (_, members, topics, metadata) => assignments(members, metadata),
      maxWaitTime: 500,
      retries: 20,
    });
    this.consumer.on('consumer:group:rebalance', () => (this.rebalancing = true));
    this.consumer.on('consumer:group:join', (group) => this.joined(group));
    this.consumer.on('error', (e) => (this.failure ??= e));
    const stream = await this.consumer.consume({ topics: [options.topic], mode: 'committed', fallbackMode: 'earliest' });
    stream.on('error', (e) => (this.failure ??= e));
    stream.on('close', () => (this.failure ??= new Error('the stream has ended')));
    stream.on('data', (message) => this.read(message.partition, Number(message.offset)));
  }

  read(partition, offset) {
    if (!this.owned.includes(partition) || offset < (this.next.get(partition) ?? 0)) return;
    const range = this.reads.get(partition);
    if (range && range.last + 1 === offset) range.last = offset;
    else {
      if (range) this.tell('read', { partition, ...range });
      this.reads.set(partition, { from: offset, last: offset });
    }
    this.next.set(partition, offset + 1);
    this.pending.set(partition, offset + 1);
  }

  tellReads() {
    for (const [partition, range] of this.reads) this.tell('read', { partition, ...range });
    this.reads.clear();
  }

  async commit() {
    this.tellReads();
    if (this.rebalancing || this.pending.size === 0) return;
    const offsets = Object.fromEntries(this.pending);
    this.pending.clear();
    this.tell('committing', { offsets });
    const generation = this.consumer.generationId;
    try {
      await this.consumer.commit({
        offsets: Object.entries(offsets).map(([partition, offset]) => ({
          topic: options.topic,
          partition: Number(partition),
          offset: BigInt(offset),
          leaderEpoch: -1,
        })),
      });
      // It asks again after a rebalance, as whoever it is by then: what it had is gone, and this is a commit of the new generation.
      const now = this.consumer.generationId;
      if (now !== generation && now !== this.epoch) this.beginAnew();
      this.tell('committed', { offsets, epoch: now, again: now !== generation });
    } catch (e) {
      this.tell('refused', { error: e.code ?? e.name });
      for (const [partition, offset] of Object.entries(offsets)) {
        if (this.owned.includes(Number(partition)) && !this.pending.has(Number(partition))) this.pending.set(Number(partition), offset);
      }
    }
  }

  /** It goes on reading while its group rebalances, and has its offsets when it knows what it keeps. */
  joined({ memberId, generationId, assignments }) {
    this.tellReads();
    // Under another id it is another member: what the former one had is gone.
    if (this.id && memberId !== this.id) this.beginAnew();
    this.id = memberId;
    this.epoch = generationId;
    this.rebalancing = false;
    if (!this.failure) this.owns(assignments.flatMap(({ partitions }) => partitions));
  }

  /** A fetch of its former membership that is under way moves its position past the offsets that it asks for: the stream ends. */
  beginAnew() {
    this.owns([]);
    this.failure ??= new Error('its membership was replaced');
  }

  owns(partitions) {
    this.tellReads();
    const lost = this.owned.filter((partition) => !partitions.includes(partition));
    const added = partitions.filter((partition) => !this.owned.includes(partition));
    this.owned = partitions;
    for (const partition of lost) {
      this.next.delete(partition);
      this.pending.delete(partition);
    }
    if (lost.length > 0) this.tell('lost', { partitions: lost });
    if (!this.leaving) this.tell('assigned', { partitions: added });
  }

  tell(event, more) {
    tell(this.name, event, { id: this.id, epoch: this.epoch, ...more });
  }

  async leave() {
    this.leaving = true;
    await this.ended;
  }
}

function assignments(members, metadata) {
  const byMember = ranges(members.keys(), metadata.topics.get(options.topic).partitionsCount);
  return [...byMember].map(([memberId, partitions]) => ({
    memberId,
    assignments: new Map(partitions.length === 0 ? [] : [[options.topic, { topic: options.topic, partitions }]]),
  }));
}

await main((name) => new Member(name).start());
