/**
 * What the router promises of every path: of the routes that the path has the shape of, it finds the one with the most literals
 * (of as many, the shorter one), and no other route reads the path into parameters that are all well-formed. So a request has
 * one meaning at most, and a malformed one is told what is wrong with it and not that it is somewhere else.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../lib/api/derive.ts';
import { isRegistryError } from '../../../lib/api/errors.ts';
import { type Format, formats } from '../../../lib/api/formats.ts';
import { pathParameters } from '../../../lib/api/parameters.ts';
import { routes } from '../../../lib/api/routes.ts';
import { parse } from '../../../lib/routing/parse.ts';
import { compile, createRouter, decodeText, type RequestHead } from '../../../lib/routing/router.ts';
import { createUrlBuilder } from '../../../lib/routing/url.ts';
import { leastTime } from '../../support/least-time.ts';

const find = compile(routes);
const found = (path: string) => {
  const match = find(path);
  return match && { route: match.route.name, path: match.path };
};
const build = createUrlBuilder('') as (route: string, path: object) => string;

/** A route, as an expression that knows nothing of formats: a name may be any text, other parameters any segment. */
const shapes = routes
  .map(({ name, path }) => {
    const segments = path.split('/').filter(Boolean);
    const expression = path
      .replace(/\/$/, '/?')
      .replace('{name}', '(?<name>.*)')
      .replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]*)');
    const literals = segments.filter((segment) => !segment.startsWith('{')).length;
    return { route: name, expression: new RegExp(`^${expression}$`, 's'), literals, length: segments.length };
  })
  .sort((a, b) => b.literals - a.literals || a.length - b.length);

/** Everything that a path can be read as, in the order in which the router has to prefer it. */
const readingsOf = (path: string) =>
  shapes.flatMap(({ route, expression }) => {
    const match = expression.exec(path);
    const decoded = Object.entries({ ...match?.groups }).map(([name, text]) => [name, text.split('/').map(decode).join('/')]);
    return match ? [{ route, path: Object.fromEntries(decoded) as Record<string, string> }] : [];
  });

/** What hides a slash, or is malformed, stays as it is. */
function decode(segment: string): string {
  const text = decodeText(segment) ?? '/';
  return text.includes('/') ? segment : text;
}

const formatOf = (parameter: string): Format<unknown> => formats[pathParameters[parameter as keyof typeof pathParameters].format];
const fits = (path: Readonly<Record<string, string>>) =>
  Object.entries(path).every(([parameter, text]) => formatOf(parameter).read?.(text) !== undefined);

/** The words that paths are made of, and what looks like them. */
const hostile = fc.constantFrom(
  ...new Set(routes.flatMap(({ path }) => path.split(/[/{}]+/)).filter(Boolean)),
  ...['a', 'b0', 'a--b', 'a__b', 'a.b', 'A', '', '.', '..', '_', '%2f', '%75ploads', '%zz', 'sha256:00', 'a'.repeat(300)],
  ...Object.keys(pathParameters).map((parameter) => formatOf(parameter).example),
);
const hostileName = fc.oneof(
  fc.constantFrom('a/blobs/uploads', 'manifests/tags/list', 'a/tags/list/blobs/uploads/x', 'blobs/uploads', 'referrers/v2'),
  fc.array(hostile, { minLength: 1, maxLength: 6 }).map((words) => words.join('/')),
);

/** Values that fit the format of a parameter, drawn from its own pattern and from the words that paths are made of. */
function fitting(parameter: string): fc.Arbitrary<string> {
  const patterns = formatOf(parameter).pattern.split('|^');
  const drawn = patterns.map((pattern) => fc.stringMatching(new RegExp(`^${pattern.replace(/^\^/, '')}`)));
  return fc.oneof(...drawn, hostile, hostileName).filter((text) => fits({ [parameter]: text }));
}
const any = (parameter: string): fc.Arbitrary<string> => (parameter === 'name' ? hostileName : hostile);

/** Parameters of a route, each of them drawn. */
function parametersOf(template: string, draw: (parameter: string) => fc.Arbitrary<string>) {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return fc.record(Object.fromEntries(names.map((name) => [name, draw(name)])));
}

const urls = [fitting, any].flatMap((draw) =>
  routes.map(({ name, path }) => parametersOf(path, draw).map((parameters) => build(name, parameters))),
);
const paths = fc
  .tuple(
    fc.oneof(
      ...urls,
      hostileName.map((text) => `/v2/${text}`),
    ),
    fc.constantFrom('', '', '/'),
  )
  .map(([path, end]) => path + end);

describe('the router', () => {
  it('finds the route with the most literals, and no other reads the path into well-formed parameters', () => {
    const met = new Set<string | undefined>();
    fc.assert(
      fc.property(paths, (text) => {
        const [first, ...others] = readingsOf(text);
        expect(found(text)).toEqual(first);
        expect(others.filter((reading) => fits(reading.path))).toEqual([]);
        met.add(first?.route);
        if (others.length > 0) met.add('several shapes');
      }),
      { numRuns: 1000 },
    );
    for (const one of [...routes.map(({ name }) => name), 'several shapes', undefined]) expect([...met]).toContain(one);
  });

  it.each(routes.map(({ name, path: template }) => [name, template] as const))(
    'leads a URL of %s back to what it was built from',
    (name, template) => {
      fc.assert(
        fc.property(parametersOf(template, fitting), (values) => {
          expect(found(build(name, values))).toEqual({ route: name, path: { ...values } });
        }),
      );
    },
  );
});

describe('the table', () => {
  it('has no two routes of one shape, and no method twice at a route', () => {
    const lines = routes.flatMap(({ path: template, methods }) =>
      methods.map(({ method }) => `${method} ${template.replaceAll(/\{\w+\}/g, '{}')}`),
    );
    expect(new Set(lines).size).toBe(lines.length);
  });
});

describe('a long and hostile path', () => {
  const router = createRouter(rowsOf(routes));
  const parts = [
    '/',
    'a',
    'a-',
    'a/',
    'a.',
    '%2f',
    '%',
    'blobs/uploads/',
    'tags/list/',
    'manifests/',
    'blobs/uploads/tags/list/',
  ];
  const tails = ['', '!', 'tags/list', '!/tags/list', '/blobs/uploads/', '/manifests/x:'];

  function isRead(path: string): boolean {
    try {
      const head: RequestHead = { method: 'GET', path, query: '', hasBody: false, header: () => undefined };
      parse(router.match(head), head);
      return true;
    } catch (error) {
      if (isRegistryError(error)) return false;
      throw error;
    }
  }

  it.each([8_000, 16_000])('of %i characters is refused within a few milliseconds', (length) => {
    const long = parts.flatMap((part) => tails.map((tail) => `/v2/${part.repeat(length / part.length)}${tail}`));
    expect(long.filter(isRead)).toEqual([]);
    expect(long.filter((path) => leastTime(() => isRead(path)) > 5)).toEqual([]);
  });
});
