// What the JavaScript members share: options from the command line, one line a fact (compat/README.md, "Members"), and the
// assignor that all other clients have and these two leave to their users.
import { writeSync } from 'node:fs';

export const options = Object.fromEntries(process.argv.slice(2).map((word) => word.split(/=(.*)/s).slice(0, 2)));
export const POLL_MS = 200;
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** One line, in one write: a process that is killed leaves at most its last line torn. */
export function tell(member, event, more) {
  const line = Buffer.from(`${JSON.stringify({ at: Date.now(), member, event, ...more })}\n`);
  for (let at = 0; at < line.length; ) {
    try {
      at += writeSync(1, line, at);
    } catch (e) {
      if (e.code !== 'EAGAIN') throw e;
    }
  }
}

/** As Java's RangeAssignor: members in the order of their ids, each the next few partitions; the first ones get one more. */
export function ranges(memberIds, partitionCount) {
  const sorted = [...memberIds].sort();
  const least = Math.floor(partitionCount / sorted.length);
  const withOneMore = partitionCount % sorted.length;
  let next = 0;
  return new Map(
    sorted.map((id, i) => {
      const count = least + (i < withOneMore ? 1 : 0);
      next += count;
      return [id, Array.from({ length: count }, (_, k) => next - count + k)];
    }),
  );
}

/** start(name) gives a member with leave(); all leave when the input ends. */
export async function main(start) {
  const members = await Promise.all(options.members.split(',').map(start));
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.on('end', resolve));
  await Promise.all(members.map((member) => member.leave()));
  process.exit(0);
}
