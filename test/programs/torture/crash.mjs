// @ts-check
/** `kill -9` in the middle of pushes: what was acknowledged must be there after the restart. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../../support/command.ts';
import { drawFrom } from '../../support/random.ts';
import { clientOf } from './client.mjs';
import { createLedger } from './ledger.mjs';
import { pushUntilDeath } from './pusher.mjs';
import { readBlobs, readManifests, readTags, resumeUploads } from './readback.mjs';

const pushers = 8;
/** How many of the uploads that were cut off are resumed in each cycle. */
const resumed = 20;

/** @typedef {Pick<import('./ledger.mjs').Ledger, 'blobs' | 'manifests'> & { tags: import('./ledger.mjs').Tag[], uploads: import('./ledger.mjs').Upload[] }} Acknowledged */
/** @typedef {Record<'passed' | 'failed' | 'lost' | 'wrong' | 'resumed', number>} Counts */

/**
 * Runs the cycles and prints what each one found. The counts are, per cycle, one check each of the blobs, manifests,
 * tags and uploads that it touched, and at the end one of all blobs, of all manifests and of all tags.
 * @param {{ cycles: number, seed: string }} options
 */
export async function crash({ cycles, seed }) {
  const root = await mkdtemp(join(tmpdir(), 'stowage-torture-'));
  const ledger = createLedger();
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, lost: 0, wrong: 0, resumed: 0 };
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    const [blobs, manifests] = [ledger.blobs.length, ledger.manifests.length];
    const random = drawFrom(seed, 'cycle', cycle);
    const milliseconds = random.between(200, 1100);
    await pushAndKill({ root, ledger, name: `${seed}/${cycle}`, milliseconds });
    /** @type {Acknowledged} */
    const recent = {
      blobs: ledger.blobs.slice(blobs),
      manifests: ledger.manifests.slice(manifests),
      tags: [...ledger.tags.values()],
      uploads: sample([...ledger.uploads], random),
    };
    ledger.uploads.clear();
    counts.resumed += recent.uploads.length;
    await readBack(root, `cycle ${cycle}, killed after ${milliseconds} ms`, recent, counts);
  }
  const everything = { ...ledger, tags: [...ledger.tags.values()], uploads: [] };
  await readBack(root, 'everything, once more', everything, counts);
  console.log(
    `${cycles} kills; ${ledger.blobs.length} blobs and ${ledger.manifests.length} manifests acknowledged, ` +
      `${ledger.tags.size} tags, ${counts.resumed} uploads resumed: ${counts.lost} lost, ${counts.wrong} wrong`,
  );
  if (ledger.tags.size === 0 || counts.resumed === 0) {
    console.log('too little was pushed between the kills to show anything');
    counts.failed += 1;
  }
  if (counts.failed === 0) await rm(root, { recursive: true });
  else console.log(`what the server left is in ${root}`);
  return counts;
}

/** @param {{ root: string, ledger: import('./ledger.mjs').Ledger, name: string, milliseconds: number }} cycle */
async function pushAndKill({ root, ledger, name, milliseconds }) {
  const server = await startServer(['--root', root]);
  const client = clientOf(server.url);
  const all = Array.from({ length: pushers }, (_, index) => {
    return pushUntilDeath({ send: client.send, ledger, random: drawFrom(name, index), name: `${index}-${name}` });
  });
  // A wrong answer before the kill is a failure of its own, and must not wait for it.
  const pushed = Promise.all(all);
  await Promise.race([pushed, new Promise((resolve) => setTimeout(resolve, milliseconds))]);
  const { stderr } = await server.end('SIGKILL');
  await pushed;
  client.close();
  if (stderr !== '') throw new Error(`the server wrote: ${stderr}`);
}

/**
 * Restarts the server and checks what it has.
 * @param {string} root
 * @param {string} title
 * @param {Acknowledged} acknowledged
 * @param {Counts} counts
 */
async function readBack(root, title, { blobs, manifests, tags, uploads }, counts) {
  const server = await startServer(['--root', root]);
  const { send, close } = clientOf(server.url);
  const findings = {
    blobs: await readBlobs(send, blobs),
    manifests: await readManifests(send, manifests),
    tags: await readTags(send, tags),
    ...(uploads.length > 0 ? { uploads: await resumeUploads(send, uploads) } : {}),
  };
  close();
  const { code, stderr } = await server.end();
  if (code !== 0 || stderr !== '') throw new Error(`the server ended with ${code} and wrote: ${stderr || 'nothing'}`);
  const figures = Object.entries(findings).map(([kind, { checked }]) => `${checked} ${kind}`);
  console.log(`${title}: ${figures.join(', ')}`);
  for (const [kind, finding] of Object.entries(findings)) judge(kind, finding, counts);
}

/**
 * @param {string} kind
 * @param {import('./readback.mjs').Finding} finding
 * @param {Counts} counts
 */
function judge(kind, { checked, lost, wrong }, counts) {
  if (lost.length > 0) console.log(`  LOST ${kind}: ${some(lost)}`);
  if (wrong.length > 0) console.log(`  WRONG ${kind}: ${some(wrong)}`);
  counts.lost += lost.length;
  counts.wrong += wrong.length;
  if (checked > 0) counts[lost.length + wrong.length === 0 ? 'passed' : 'failed'] += 1;
}

/** @param {string[]} words */
function some(words) {
  const more = words.length > 5 ? `\n    and ${words.length - 5} more` : '';
  return (
    words
      .slice(0, 5)
      .map((word) => `\n    ${word}`)
      .join('') + more
  );
}

/**
 * Some of the uploads.
 * @param {import('./ledger.mjs').Upload[]} uploads
 * @param {import('../../support/random.ts').Random} random
 */
function sample(uploads, random) {
  const rest = [...uploads];
  const chosen = [];
  while (rest.length > 0 && chosen.length < resumed) chosen.push(...rest.splice(random.between(0, rest.length - 1), 1));
  return chosen;
}
