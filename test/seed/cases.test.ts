/** The cases of the first tests of this API: each holds, or it is said what is so instead and why. */
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../lib/api/derive.ts';
import { isRegistryError, RegistryError } from '../../lib/api/errors.ts';
import { formats } from '../../lib/api/formats.ts';
import { queryParameters } from '../../lib/api/parameters.ts';
import { routes } from '../../lib/api/routes.ts';
import { parse } from '../../lib/routing/parse.ts';
import { compile, createRouter, type RequestHead } from '../../lib/routing/router.ts';
import { createUrlBuilder } from '../../lib/routing/url.ts';
import { startRegistry } from '../../lib/testing/fixture/index.ts';
import { expectedOf, type SeedCase } from './cases/case.ts';
import { envelopes, type Raised } from './cases/envelopes.ts';
import { cleaned, type Reading, renamed, routed } from './cases/paths.ts';
import { built, type Parts } from './cases/urls.ts';
import { digests, names, tags } from './cases/words.ts';

const find = compile(routes);
const router = createRouter(rowsOf(routes));

/** How a request line is read today. */
function readingOf(line: string): Reading {
  const [method = '', path = ''] = line.split(' ');
  const found = find(path);
  const head: RequestHead = { method, path, query: '', hasBody: false, header: () => undefined };
  const refused = refusalOf(() => parse(router.match(head), head));
  return { ...(found && { route: found.route.name, path: found.path }), ...(refused && { refused }) };
}

/** The status and code that something is refused with. */
function refusalOf(body: () => unknown): string | undefined {
  try {
    body();
    return undefined;
  } catch (error) {
    if (isRegistryError(error)) return `${error.status} ${error.code}`;
    throw error;
  }
}

/** A reading, with the names of today. */
function today({ route, path, ...rest }: Reading): Reading {
  const entries = Object.entries(path ?? {}).map(([name, value]) => [renamed[name] ?? name, value]);
  return { ...(route && { route: renamed[route] ?? route }), ...(path && { path: Object.fromEntries(entries) }), ...rest };
}

describe('the cases of the first router', () => {
  it('are twelve', () => {
    expect(routed).toHaveLength(12);
  });

  it.each([...routed, ...cleaned])('$given is read as it was, or as the case says', (one) => {
    expect(readingOf(one.given)).toEqual(today(expectedOf(one)));
  });
});

describe('the cases of the first URL builder', () => {
  it('are eight', () => {
    expect(built).toHaveLength(8);
  });

  describe.each(['', 'http://localhost:5000', 'https://example.com/registry'])('below %j', (root) => {
    const url = createUrlBuilder(root) as (...parts: [string, object, object]) => string;

    it.each(built)('$given.route is $was, or what the case says', (one: SeedCase<Parts, string>) => {
      const { route, path, query = {} } = one.given;
      const known = Object.fromEntries(Object.entries(query).filter(([name]) => name in queryParameters));
      expect(url(route, path, known)).toBe(root + expectedOf(one));
    });
  });
});

describe('what was well-formed', () => {
  it.each([
    ['name', names],
    ['tag', tags],
    ['digest', digests],
  ] as const)('as a %s is so today, or the case says why not', (format, words) => {
    const read = words.map(({ given }) => [given, formats[format].read(given) !== undefined]);
    expect(read).toEqual(words.map((word) => [word.given, expectedOf(word)]));
  });
});

describe('the error bodies of the first tests', () => {
  /** The body of a reply that is this error. */
  async function bodyOf({ code, ...rest }: Raised): Promise<string> {
    const authorize = () => Promise.reject(new RegistryError(code, rest));
    await using registry = await startRegistry({ options: { authorize } });
    return (await fetch(`${registry.url}/v2/`)).text();
  }

  it.each(envelopes)('are the same, or what the case says: $was', async (one) => {
    expect(await Promise.all(one.given.map(bodyOf))).toEqual(expectedOf(one));
  });
});

describe('a case that does not hold any more', () => {
  it('differs from what it was, and has a reason', () => {
    const cases: readonly SeedCase<unknown, unknown>[] = [
      ...routed,
      ...cleaned,
      ...built,
      ...names,
      ...tags,
      ...digests,
      ...envelopes,
    ];
    const others = cases.filter(({ is }) => is !== undefined);
    expect(others.length).toBeGreaterThan(0);
    for (const { was, is, why } of others) {
      expect(is).not.toEqual(was);
      expect(why).not.toBe('');
    }
  });
});
