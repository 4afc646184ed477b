// What the JavaScript drivers share: a scenario in, results out (compat/README.md says what both look like).
import { createHash } from 'node:crypto';
import { readFileSync, writeSync } from 'node:fs';

const LONGEST_SHOWN = 256;
export const PATIENCE_MS = 60_000;

/** Thrown for a step that the client has no way to do; the message says which. */
export class Unsupported extends Error {}

export const given = (value) => (value === null ? null : Buffer.from(value, 'base64'));

/** Bytes for the results: as they are when short, by their digest when long. */
export function seen(value) {
  if (value === null || value === undefined) return null;
  if (value.length <= LONGEST_SHOWN) return value.toString('base64');
  return `sha256:${value.length}:${createHash('sha256').update(value).digest('hex')}`;
}

/** Plays the scenario file named on the command line; one result per step, the first error ends it. */
export async function run(stepsByName) {
  const scenario = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const steps = [];
  for (const step of scenario.steps) {
    try {
      steps.push((await stepsByName[step.do](scenario.bootstrap, step)) ?? { ok: true });
    } catch (e) {
      if (e instanceof Unsupported) {
        steps.push({ unsupported: e.message });
      } else {
        steps.push({ error: `${e.stack}\n${(e.errors ?? []).map((inner) => inner.stack).join('\n')}` });
        break;
      }
    }
  }
  const output = Buffer.from(JSON.stringify({ steps }));
  for (let at = 0; at < output.length; ) {
    try {
      at += writeSync(1, output, at);
    } catch (e) {
      if (e.code !== 'EAGAIN') throw e;
    }
  }
  process.exit(0);
}
