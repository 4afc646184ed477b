// kafkajs: consume in a group from the beginning, until three records have come. `npm install` first, then producer.js.
const { Kafka } = require('kafkajs');

const kafka = new Kafka({ clientId: 'example', brokers: [process.env.BOOTSTRAP ?? 'localhost:9092'] });
const consumer = kafka.consumer({ groupId: 'js-example' });

async function main() {
  await consumer.connect();
  await consumer.subscribe({ topics: ['js-events'], fromBeginning: true });
  let count = 0;
  await new Promise((resolve) =>
    consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        const headers = Object.entries(message.headers).map(([name, value]) => `${name}=${value}`);
        console.log(`${topic}-${partition}@${message.offset} ${message.key}: ${message.value} ${headers}`);
        if (++count === 3) resolve();
      },
    }),
  );
  await consumer.disconnect();
  console.log(`read ${count} records`);
}

main().catch((e) => {
  console.error(e);
  process.exit(1);
});
