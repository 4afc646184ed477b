// @platformatic/kafka: a client of its own, with the newest API versions.
import { Admin, Consumer, Producer } from '@platformatic/kafka';
import { PATIENCE_MS, Unsupported, given, run, seen } from '../driver.mjs';

const options = (bootstrap) => ({ clientId: 'compat', bootstrapBrokers: [bootstrap], timeout: 20_000, retries: 5 });

async function create(bootstrap, step) {
  const admin = new Admin(options(bootstrap));
  await admin.createTopics({ topics: [step.topic], partitions: step.partitions, replicas: 1 });
  await awaitLeaders(admin, step.topic);
  await admin.close();
}

/** This client sends a whole request again when one partition has no leader yet, and so may write others twice. */
async function awaitLeaders(admin, topic) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const metadata = await admin.metadata({ topics: [topic], forceUpdate: true });
    if (metadata.topics.get(topic)?.partitions.every((partition) => partition.leader >= 0)) return;
  }
  throw new Error(`${topic} has no leaders`);
}

async function produce(bootstrap, step) {
  if (step.compression === 'zstd') throw new Unsupported('zstd needs the zlib of Node.js 22.15 or newer');
  const producer = new Producer(options(bootstrap));
  await producer.send({
    acks: step.acks === 'all' ? -1 : Number(step.acks),
    compression: step.compression,
    messages: step.records.map((r) => ({
      topic: step.topic,
      partition: r.partition,
      key: given(r.key),
      value: given(r.value),
      headers: headersByName(r.headers),
      timestamp: BigInt(r.timestamp),
    })),
  });
  await producer.close();
}

function headersByName(pairs) {
  if (new Set(pairs.map(([name]) => name)).size < pairs.length) {
    throw new Unsupported('a header name comes once: they are a map');
  }
  return new Map(pairs.map(([name, value]) => [Buffer.from(name), given(value)]));
}

async function consume(bootstrap, step) {
  if (step.by === 'assignment' && step.from === 'beginning') {
    throw new Unsupported('@platformatic/kafka consumes in groups only');
  }
  const consumer = new Consumer({
    ...options(bootstrap),
    groupId: step.group,
    autocommit: false,
    maxBytesPerPartition: 2 * 1024 * 1024,
  });
  const where = step.from === 'beginning' ? { mode: 'earliest' } : { mode: 'manual', offsets: await offsetsAt(consumer, step) };
  const stream = await consumer.consume({ topics: [step.topic], maxWaitTime: 500, ...where });
  const records = [];
  const timer = setTimeout(() => stream.destroy(), PATIENCE_MS);
  for await (const message of stream) {
    records.push({
      partition: message.partition,
      offset: Number(message.offset),
      timestamp: Number(message.timestamp),
      key: seen(message.key),
      value: seen(message.value),
      headers: [...message.headers].map(([name, value]) => [name.toString(), seen(value)]),
    });
    if (records.length >= step.count) break;
  }
  clearTimeout(timer);
  await consumer.close(true);
  return { records };
}

async function offsetsAt(consumer, step) {
  const find = async (timestamp) => (await consumer.listOffsets({ topics: [step.topic], timestamp })).get(step.topic);
  const [found, ends] = [await find(BigInt(step.from)), await find(-1n)];
  return found.map((offset, partition) => ({
    topic: step.topic,
    partition,
    offset: offset < 0n ? ends[partition] : offset,
  }));
}

await run({ create, produce, consume });
