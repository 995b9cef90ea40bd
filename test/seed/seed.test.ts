/**
 * What became of the first table: every row of it has a place in the table of today or a reason why it has none, and what
 * differs is said. A place that is a reply is one that the exchanges have shown on every driver (`exchanges.test.ts`). The data is
 * history: what the API gains needs no row here.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markdown } from '../../lib/docs/index.ts';
import { additions } from './table/additions.ts';
import { deviations } from './table/deviations/index.ts';
import { differencesOf } from './table/differences.ts';
import { history } from './table/history.ts';
import { isAtHome } from './table/home.ts';
import { kindOf } from './table/kind.ts';
import { missingAt } from './table/resolving.ts';
import { entries, isOfTheTable } from './table/rows/index.ts';

const docs = join(import.meta.dirname, '../../docs');
const ids = entries.map(([id]) => id);
const rows = entries.filter(isOfTheTable);
const named = Object.entries(deviations);
const added = Object.entries(additions);
const taking = (name: string) => entries.filter(([, { but = [] }]) => but.some((each) => each === name));

describe('the first table', () => {
  it('has 134 rows, of these kinds', () => {
    const count = (...kinds: readonly string[]) => rows.filter(([, { was }]) => kinds.includes(kindOf(was))).length;
    expect({
      routes: count('route'),
      methods: count('method'),
      requests: count('request'),
      'parameters of requests': count('path', 'query', 'header'),
      'bodies of requests': count('body'),
      successes: count('success'),
      failures: count('failure'),
      'headers of replies': count('replyHeader'),
      'bodies of replies': count('replyBody'),
      'error codes': count('error'),
    }).toEqual({
      routes: 6,
      methods: 13,
      requests: 14,
      'parameters of requests': 34,
      'bodies of requests': 3,
      successes: 13,
      failures: 17,
      'headers of replies': 16,
      'bodies of replies': 7,
      'error codes': 11,
    });
    expect(rows).toHaveLength(134);
  });

  it('comes with 71 claims, words, types and comments, and has no id twice', () => {
    expect(entries).toHaveLength(134 + 71);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is numbered without a gap, and every part of it stands under a row that is there', () => {
    const gaps = ids.filter((id) => {
      const [, before = '', number = '1'] = /^(.*[A-Z-])(\d+)$/.exec(id) ?? [];
      return number !== '1' && !ids.includes(`${before}${Number(number) - 1}`);
    });
    const alone = ids.filter((id) => /^SEED-R\d-/.test(id) && !ids.includes(id.slice(0, id.lastIndexOf('-'))));
    expect([...gaps, ...alone]).toEqual([]);
  });
});

describe('every row of it', () => {
  it('has places that are there', () => {
    const missing = entries.flatMap(([id, { at }]) => at.map((place) => [id, missingAt(place)]));
    expect(missing.filter(([, complaint]) => complaint !== undefined)).toEqual([]);
  });

  it('has stayed in its route, its method and its request', () => {
    const strays = rows.flatMap(([id, { at }]) => at.filter((place) => !isAtHome(id, place)).map((place) => [id, place]));
    expect(strays).toEqual([]);
  });

  it('is what it was, but for what its deviations change', () => {
    const unsaid = entries.flatMap((entry) => {
      const [id, { but = [] }] = entry;
      const said: readonly string[] = but.flatMap((name) => deviations[name].changes);
      return differencesOf(entry).flatMap((aspect) => (said.includes(aspect) ? [] : [`${id}: ${aspect}`]));
    });
    expect(unsaid).toEqual([]);
  });
});

describe('every deviation', () => {
  it('says what was, what is, why, and where that comes from', () => {
    const parts = named.flatMap(([name, { was, is, reason, source }]) => [was, is, reason, source].map((part) => [name, part]));
    expect(parts.filter(([, part]) => part?.trim() === '')).toEqual([]);
    expect(named.filter(([, { was, is }]) => was === is)).toEqual([]);
  });

  it('belongs to a row, and changes what it says in one of its rows', () => {
    const idle = named.filter(([name]) => taking(name).length === 0).map(([name]) => name);
    const untrue = named.flatMap(([name, { changes }]) => {
      const seen = taking(name).flatMap(differencesOf);
      return changes.filter((aspect) => !seen.includes(aspect)).map((aspect) => `${name}: ${aspect}`);
    });
    expect([...idle, ...untrue]).toEqual([]);
  });
});

describe('what the first table did not have', () => {
  it('is there, with a reason and a source', () => {
    const missing = added.flatMap(([name, { at }]) => at.map((place) => [name, missingAt(place)]));
    expect(missing.filter(([, complaint]) => complaint !== undefined)).toEqual([]);
    expect(added.filter(([, { reason, source }]) => reason.trim() === '' || source.trim() === '')).toEqual([]);
  });

  it('is no place of a row of the first table', () => {
    const taken = new Set(entries.flatMap(([, { at }]) => at.map((place) => JSON.stringify(place))));
    const told = added.flatMap(([name, { at }]) => at.map((place) => [name, JSON.stringify(place)]));
    expect(told.filter(([, place]) => taken.has(place ?? ''))).toEqual([]);
  });
});

it('every link of the document leads somewhere', () => {
  const text = history();
  const anchors = (page: string) => [...page.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
  const known = { '': anchors(text), 'api.md': anchors(markdown()) };
  const broken = [...text.matchAll(/\]\(([^)#]*)(?:#([^)]+))?\)/g)].filter(([, file = '', id]) =>
    id === undefined ? !existsSync(join(docs, file)) : !known[file as keyof typeof known]?.includes(id),
  );
  expect(broken.map(([found]) => found)).toEqual([]);
});

it('docs/history.md is what these rows say', async () => {
  await expect(history()).toMatchFileSnapshot(join(docs, 'history.md'));
});
