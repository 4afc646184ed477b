// kafkajs, with codecs from npm for the compressions that it leaves to its users.
import kafkajs from 'kafkajs';
import lz4 from 'lz4-napi';
import snappy from 'snappyjs';
import { ZstdCodec } from 'zstd-codec';
import { PATIENCE_MS, Unsupported, given, run, seen } from '../driver.mjs';

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;
const CODECS = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = 16;

/** Java clients wrap snappy in blocks of their own: magic, two versions, then length and block, again and again. */
function unsnappy(buffer) {
  if (!buffer.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return Buffer.from(snappy.uncompress(buffer));
  const blocks = [];
  for (let at = XERIAL_HEADER; at < buffer.length; ) {
    const length = buffer.readUInt32BE(at);
    blocks.push(Buffer.from(snappy.uncompress(buffer.subarray(at + 4, at + 4 + length))));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

const zstd = await new Promise((resolve) => ZstdCodec.run((module) => resolve(new module.Streaming())));
CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: async (encoder) => Buffer.from(snappy.compress(encoder.buffer)),
  decompress: async (buffer) => unsnappy(buffer),
});
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: async (buffer) => lz4.decompressFrame(buffer),
});
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder) => Buffer.from(zstd.compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from(zstd.decompress(buffer)),
});

const client = (bootstrap) => new Kafka({ brokers: [bootstrap], clientId: 'compat', logLevel: logLevel.NOTHING });

async function create(bootstrap, step) {
  const admin = client(bootstrap).admin();
  await admin.connect();
  await admin.createTopics({
    topics: [{ topic: step.topic, numPartitions: step.partitions, replicationFactor: 1 }],
    waitForLeaders: true,
  });
  await admin.disconnect();
}

async function produce(bootstrap, step) {
  const producer = client(bootstrap).producer();
  await producer.connect();
  await producer.send({
    topic: step.topic,
    acks: step.acks === 'all' ? -1 : Number(step.acks),
    compression: CODECS[step.compression],
    messages: step.records.map((r) => ({
      partition: r.partition,
      key: given(r.key),
      value: given(r.value),
      headers: headersByName(r.headers),
      timestamp: String(r.timestamp),
    })),
  });
  await producer.disconnect();
}

/** A name that comes twice has its values in an array. */
function headersByName(pairs) {
  const byName = {};
  for (const [name, value] of pairs) {
    if (value === null) throw new Unsupported('kafkajs sends no null header values');
    if (name in byName) byName[name] = [byName[name], given(value)].flat();
    else byName[name] = given(value);
  }
  return byName;
}

async function consume(bootstrap, step) {
  if (step.by === 'assignment' && step.from === 'beginning') {
    throw new Unsupported('kafkajs consumes in groups only');
  }
  const kafka = client(bootstrap);
  const consumer = kafka.consumer({
    groupId: step.group,
    maxBytesPerPartition: 2 * 1024 * 1024,
    rebalanceTimeout: 10_000,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [step.topic], fromBeginning: true });
  const records = [];
  const start = await offsetsAt(kafka, step);
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    consumer.on(consumer.events.CRASH, (event) => reject(event.payload.error));
    consumer
      .run({
        eachMessage: async ({ partition, message }) => {
          if (Number(message.offset) < (start.get(partition) ?? 0)) return;
          records.push({
            partition,
            offset: Number(message.offset),
            timestamp: Number(message.timestamp),
            key: seen(message.key),
            value: seen(message.value),
            headers: Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
              [values].flat().map((value) => [name, seen(value)]),
            ),
          });
          if (records.length >= step.count) {
            clearTimeout(timer);
            resolve();
          }
        },
      })
      .catch(reject);
    for (const [partition, offset] of start) consumer.seek({ topic: step.topic, partition, offset: String(offset) });
  });
  await consumer.disconnect();
  return { records };
}

/** From a timestamp: the offsets to seek to. From the beginning: none. */
async function offsetsAt(kafka, step) {
  if (step.from === 'beginning') return new Map();
  const admin = kafka.admin();
  await admin.connect();
  const found = await admin.fetchTopicOffsetsByTimestamp(step.topic, step.from);
  await admin.disconnect();
  return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
}

await run({ create, produce, consume });
