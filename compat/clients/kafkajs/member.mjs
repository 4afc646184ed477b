// Members of one group with kafkajs.
import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { main, options, ranges, tell } from '../member.mjs';

const require = createRequire(import.meta.url);
const { AssignerProtocol, Kafka, logLevel } = kafkajs;
const { MemberAssignment, MemberMetadata } = AssignerProtocol;

/** kafkajs tells its users no generation: it is read off its own group object, which knows its member by our assigner. */
const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup');
const joinAndSync = ConsumerGroup.prototype.joinAndSync;
ConsumerGroup.prototype.joinAndSync = async function () {
  const { member } = this.assigners[0];
  member.revoked();
  await joinAndSync.call(this);
  member.assigned(this);
};

const kafka = new Kafka({ brokers: [options.bootstrap], clientId: 'member', logLevel: logLevel.ERROR, retry: { retries: 20 } });

class Member {
  id = '';
  epoch = -1;
  owned = [];

  constructor(name) {
    this.name = name;
  }

  async start() {
    this.consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout: Number(options.session),
      heartbeatInterval: Number(options.heartbeat),
      rebalanceTimeout: Number(options.rebalance),
      maxWaitTimeInMs: 500,
      partitionAssigners: [({ cluster }) => this.assigner(cluster)],
    });
    this.consumer.on(this.consumer.events.CRASH, ({ payload }) => this.tell('failed', { error: String(payload.error) }));
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [options.topic], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 3,
      eachBatch: (payload) => this.read(payload),
    });
    return this;
  }

  assigner(cluster) {
    return {
      name: 'range',
      version: 0,
      member: this,
      protocol: ({ topics }) => ({ name: 'range', metadata: MemberMetadata.encode({ version: 0, topics }) }),
      assign: async ({ members }) =>
        [...ranges(members.map(({ memberId }) => memberId), cluster.findTopicPartitionMetadata(options.topic).length)].map(
          ([memberId, partitions]) => ({
            memberId,
            memberAssignment: MemberAssignment.encode({ version: 0, assignment: { [options.topic]: partitions } }),
          }),
        ),
    };
  }

  async read({ batch, resolveOffset, heartbeat, commitOffsetsIfNecessary, isRunning, isStale }) {
    if (!isRunning() || isStale() || batch.isEmpty()) return;
    const { partition } = batch;
    const from = Number(batch.firstOffset());
    const last = Number(batch.lastOffset());
    if (last - from + 1 !== batch.messages.length) throw new Error(`${batch.messages.length} records from ${from} to ${last}`);
    this.tell('read', { partition, from, last });
    resolveOffset(String(last));
    const offsets = { [partition]: last + 1 };
    this.tell('committing', { offsets });
    try {
      await commitOffsetsIfNecessary({ topics: [{ topic: options.topic, partitions: [{ partition, offset: String(last + 1) }] }] });
      this.tell('committed', { offsets });
    } catch (e) {
      this.tell('refused', { error: e.type ?? e.name });
      throw e;
    }
    await heartbeat();
  }

  revoked() {
    if (this.owned.length > 0) this.tell('revoked', { partitions: this.owned });
    this.owned = [];
  }

  assigned(group) {
    this.id = group.memberId;
    this.epoch = group.generationId;
    this.owned = group.assigned().flatMap(({ partitions }) => partitions);
    this.tell('assigned', { partitions: this.owned });
  }

  tell(event, more) {
    tell(this.name, event, { id: this.id, epoch: this.epoch, ...more });
  }

  async leave() {
    await this.consumer.disconnect();
    if (this.owned.length > 0) this.tell('lost', { partitions: this.owned });
    this.tell('left');
  }
}

await main((name) => new Member(name).start());
