// kafkajs: create a topic and produce to it. `npm install` first.
const { Kafka } = require('kafkajs');

const kafka = new Kafka({ clientId: 'example', brokers: [process.env.BOOTSTRAP ?? 'localhost:9092'] });

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  const created = await admin.createTopics({ topics: [{ topic: 'js-events', numPartitions: 2 }] });
  console.log(created ? 'created js-events' : 'js-events is there already');
  await admin.disconnect();

  const producer = kafka.producer();
  await producer.connect();
  const places = await producer.send({
    topic: 'js-events',
    messages: [
      { key: 'page', value: 'view', headers: { 'trace-id': '1' } },
      { key: 'page', value: 'click' },
      { key: 'cart', value: JSON.stringify({ items: 3 }) },
    ],
  });
  for (const { topicName, partition, baseOffset } of places) console.log(`sent to ${topicName}-${partition} from offset ${baseOffset}`);
  await producer.disconnect();
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
