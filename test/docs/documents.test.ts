/**
 * The documents are what the code gives, and the samples in them what the registry does. `npm run docs` writes all of them anew.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { distributionOptions } from '../../drivers/distribution/options.ts';
import { fsOptions } from '../../drivers/fs/options.ts';
import { s3Options } from '../../drivers/s3/options.ts';
import { rowsOf } from '../../lib/api/derive.ts';
import { failuresAnywhere, failuresOf } from '../../lib/api/failures.ts';
import { formats } from '../../lib/api/formats.ts';
import { routes } from '../../lib/api/routes.ts';
import type { RouteDescriptor } from '../../lib/api/row-shapes.ts';
import { usage } from '../../lib/cli/help.ts';
import { html, markdown, type OpenApiOptions, openapi } from '../../lib/docs/index.ts';
import { registryOptions } from '../../lib/options/table.ts';
import { registryWords } from '../../lib/options/words.ts';
import { renewed } from '../support/marked-parts.ts';
import { type Operation, repliesOf, resolvedDocument, validated } from '../support/openapi.ts';
import { docstringsIn, inWords, optionsOf, optionTable } from '../support/option-table.ts';
import { promiseDocument } from '../support/promise-document.ts';
import { recordSamples } from '../support/samples.ts';

const at = (path: string): string => join(import.meta.dirname, '../..', path);
const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

it('the samples are what the registry answers', async () => {
  await expect(json(await recordSamples())).toMatchFileSnapshot(at('lib/docs/samples.json'));
}, 60_000);

it('docs/api.md is what the table says', async () => {
  await expect(markdown()).toMatchFileSnapshot(at('docs/api.md'));
});

it('docs/api.md has a reason phrase for each status', () => {
  const statuses = [...markdown().matchAll(/^\| (\d{3}) (.*?) \| /gm)];
  expect(statuses.length).toBeGreaterThan(100);
  expect(statuses.filter(([, , phrase]) => phrase === '').map(([, status]) => status)).toEqual([]);
});

it.each(Object.entries(formats))('the page shows the pattern of %s letter by letter', (_, { pattern }) => {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  expect(html()).toContain(`<code>${pattern.replaceAll(/[&<>"]/g, (character) => entities[character] ?? '')}</code>`);
});

it('docs/openapi.json is what the table says', async () => {
  await expect(json(openapi())).toMatchFileSnapshot(at('docs/openapi.json'));
});

it('docs/driver-promises.md is what contract and suite say', async () => {
  await expect(promiseDocument()).toMatchFileSnapshot(at('docs/driver-promises.md'));
});

it.each([
  [
    'README.md',
    'the help of the command and the options of registry and fsDriver',
    {
      help: `\`\`\`text\n${usage}\`\`\``,
      options: optionTable(inWords(registryOptions, registryWords)),
      'options of fsDriver': optionTable(fsOptions),
    },
  ],
  ['docs/s3.md', 'the options of s3Driver', { options: optionTable(s3Options) }],
  ['docs/distribution.md', 'the options of distributionDriver', { options: optionTable(distributionOptions) }],
])('%s shows %s', async (document, _, parts) => {
  const path = at(document);
  const text = Object.entries(parts).reduce(
    (old, [mark, generated]) => renewed(old, mark, generated),
    readFileSync(path, 'utf8'),
  );
  await expect(text).toMatchFileSnapshot(path);
});

describe.each([
  ['lib/options/table.ts', inWords(registryOptions, registryWords)],
  ['drivers/fs/options.ts', fsOptions],
  ['drivers/s3/options.ts', s3Options],
  ['drivers/distribution/options.ts', distributionOptions],
])('the docstrings in %s', (source, table) => {
  const docstrings = docstringsIn(source);
  it.each(optionsOf(table).filter((option) => option.default !== ''))('name the default of $name', (option) => {
    const said = (docstrings.get(option.name.replace(/^.*\./, '')) ?? []).map((line) => line.replaceAll('`', ''));
    const words = option.default.replaceAll('`', '');
    expect(said.filter((line) => / ?Default: (.*)/.exec(line)?.[1]?.includes(words))).not.toEqual([]);
  });
});

describe('the OpenAPI document', () => {
  it.each<[string, OpenApiOptions]>([
    ['as it is', {}],
    [
      'with what a host says of it',
      { title: 'Mine', servers: ['https://one.example', 'https://two.example/sub'], operations: ['getBlob'] },
    ],
  ])('is valid OpenAPI 3.1, and all that it refers to is there: %s', async (_, options) => {
    const { result, validator } = await validated(options);
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(() => validator.resolveRefs()).not.toThrow();
  });

  const document = resolvedDocument();
  const methods = (routes as readonly RouteDescriptor[]).flatMap((route) => route.methods.map((method) => ({ route, method })));

  it('has the methods of the table, HEAD wherever GET is, and nothing else', async () => {
    const { paths } = await document;
    const owed = methods.flatMap(({ route: { path }, method: { method } }) =>
      (method === 'GET' ? ['get', 'head'] : [method.toLowerCase()]).map((verb) => `${verb} ${path}`),
    );
    expect(Object.entries(paths).flatMap(([path, verbs]) => Object.keys(verbs).map((verb) => `${verb} ${path}`))).toEqual(owed);
  });

  it.each(methods.map((each) => [each.method.method, each.route.path, each] as const))(
    'tells of %s %s every use case, reply, error code and login',
    async (verb, path, { route, method }) => {
      const { paths, security, components } = await document;
      const operation = paths[path]?.[verb.toLowerCase()] as Operation;
      const rows = rowsOf([{ ...route, methods: [method] }]);
      const said = `${operation.summary}\n${operation.description ?? ''}`;
      expect(rows.map(({ request }) => request.summary).filter((summary) => !said.includes(summary))).toEqual([]);
      const failures = [...rows.flatMap(failuresOf), ...failuresAnywhere].map(({ status, code }) => `${status} ${code}`);
      const successes = rows.flatMap((row) => row.successes.map(({ status }) => String(status)));
      expect(repliesOf(operation)).toEqual([...new Set([...successes, ...failures])].sort());
      expect(operation.security ?? security).toEqual([{}, { basic: [] }, { bearer: [] }]);
      expect(Object.keys(components.securitySchemes)).toEqual(['basic', 'bearer']);
    },
  );
});
