/** The workloads of the table: what is stored before, what is asked, by how many clients, and in which unit the answer is given. */
import { type Blob, blob, type Item, imageParts, kibibyte, manifest, mebibyte, pulled } from './content.ts';
import type { Load } from './generator.ts';

/** A workload. */
export interface Case {
  readonly name: string;
  readonly title: string;
  readonly unit: 'MiB/s' | '1/s';
  /** The load of an attempt. Pushes send what was never sent before: `label` is another each time. */
  load(label: string): Load;
  /** The workload of the reference that this one is divided by, where it is not the same: not every registry knows all requests. */
  readonly against?: string;
}

/** Workloads that share a server, and what is stored on it. */
export interface Group {
  readonly cases: readonly Case[];
  /** What is stored first, step by step. */
  before?(): readonly Load[];
}

const repo = 'bench/repo';
const large = 16 * mebibyte;
const huge = 1024 * mebibyte;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const blobs = (count: number, size: number, label: string): Blob[] =>
  numbers(count).map((index) => blob(repo, size, `${label} ${index}`));

/** Pushes of new blobs. */
function pushes(name: string, title: string, workload: Load['workload'], count: number, size: number, connections: number): Case {
  const unit = size >= large ? 'MiB/s' : '1/s';
  // As much memory as the blobs take of the page cache, and half as much again.
  const touched = Math.ceil((1.5 * count * size) / mebibyte);
  return { name, title, unit, load: (label) => ({ workload, connections, touched, items: blobs(count, size, label) }) };
}

/** Requests of what is there, over and over. */
function reads(
  name: string,
  title: string,
  { unit = '1/s', workload = 'get', connections }: { unit?: Case['unit']; workload?: 'get' | 'head'; connections: number },
  items: () => readonly Item[],
): Case {
  return { name, title, unit, load: () => ({ workload, connections, seconds: 1.5, items: items() }) };
}

const stored = {
  large: () => blobs(16, large, 'stored'),
  small: () => blobs(400, kibibyte, 'stored'),
  huge: () => blobs(1, huge, 'stored'),
};
const pull = (kept: readonly Blob[]): Item[] => kept.map((each) => pulled(repo, each));

/** An image, and the requests that store `count` manifests of it, each under a tag of its own. */
function tagged(
  count: number,
  label: string,
  note: (index: number) => string,
): { readonly parts: Load; readonly manifests: readonly Item[] } {
  const parts = imageParts(repo, 'image');
  const tag = (index: number) => `${label}-${String(index).padStart(6, '0')}`;
  const manifests = numbers(count).map((index) => manifest(repo, tag(index), parts, note(index)));
  return { parts: { workload: 'put', connections: 1, items: [parts.config, parts.layer] }, manifests };
}

const some = () => tagged(100, 'some', (index) => `${index}`);
/** All of them are of one manifest. */
const many = () => tagged(10_000, 'many', () => 'the same');
const fresh = (label: string) => tagged(800, label, (index) => `${label} ${index}`);
const write = (items: readonly Item[]): Load => ({ workload: 'write', connections: 8, items });

/** All workloads, in the order of the table. */
export const groups: readonly Group[] = [
  {
    cases: [
      pushes('push-16m-1', 'push 16 MiB, stream, 1 client', 'stream', 24, large, 1),
      pushes('push-16m-8', 'push 16 MiB, stream, 8', 'stream', 32, large, 8),
      pushes('put-16m-8', 'push 16 MiB, POST + PUT, 8', 'put', 32, large, 8),
    ],
  },
  { cases: [pushes('push-1g-1', 'push 1 GiB, stream, 1', 'stream', 1, huge, 1)] },
  {
    cases: [
      pushes('push-1k-16', 'push 1 KiB, stream, 16', 'stream', 800, kibibyte, 16),
      pushes('put-1k-16', 'push 1 KiB, POST + PUT, 16', 'put', 800, kibibyte, 16),
      { ...pushes('post-1k-16', 'push 1 KiB, one POST, 16', 'post', 800, kibibyte, 16), against: 'put-1k-16' },
    ],
  },
  { cases: [pushes('push-1m-256', '256 pushes of 1 MiB at once', 'stream', 256, mebibyte, 256)] },
  {
    before: () => [{ workload: 'put', connections: 4, items: stored.large() }],
    cases: [
      reads('pull-16m-1', 'pull 16 MiB, 1', { unit: 'MiB/s', connections: 1 }, () => pull(stored.large())),
      reads('pull-16m-8', 'pull 16 MiB, 8', { unit: 'MiB/s', connections: 8 }, () => pull(stored.large())),
      {
        name: 'pull-16m-256',
        title: '256 pulls of 16 MiB at once',
        unit: 'MiB/s',
        load: () => ({ workload: 'get', connections: 256, items: numbers(16).flatMap(() => pull(stored.large())) }),
      },
    ],
  },
  {
    before: () => [{ workload: 'put', connections: 1, items: stored.huge() }],
    cases: [reads('pull-1g-1', 'pull 1 GiB, 1', { unit: 'MiB/s', connections: 1 }, () => pull(stored.huge()))],
  },
  {
    before: () => [{ workload: 'put', connections: 16, items: stored.small() }],
    cases: [reads('pull-1k-16', 'pull 1 KiB, 16', { connections: 16 }, () => pull(stored.small()))],
  },
  {
    before: () => [fresh('').parts],
    cases: [
      { name: 'manifest-put-8', title: 'manifest PUT, new tags, 8', unit: '1/s', load: (label) => write(fresh(label).manifests) },
    ],
  },
  {
    before: () => [some().parts, write(some().manifests)],
    cases: [
      reads('manifest-get-16', 'manifest GET by tag, 16', { connections: 16 }, () => some().manifests),
      reads('manifest-head-16', 'manifest HEAD by tag, 16', { workload: 'head', connections: 16 }, () => some().manifests),
    ],
  },
  {
    before: () => [many().parts, write(many().manifests)],
    cases: [
      reads('tags-whole-8', 'tags/list of 10,000, whole, 8', { connections: 8 }, () => [{ path: `/v2/${repo}/tags/list` }]),
      reads('tags-page-8', 'tags/list of 10,000, n=100, 8', { connections: 8 }, () => [{ path: `/v2/${repo}/tags/list?n=100` }]),
    ],
  },
];

/** The groups with those of their workloads that a condition holds for. */
export const groupsWith = (wanted: (each: Case) => boolean): Group[] =>
  groups.map((group) => ({ ...group, cases: group.cases.filter(wanted) })).filter(({ cases }) => cases.length > 0);
