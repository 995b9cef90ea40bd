/** Requests made from the table, with chance: each is a valid one of some row, and then something is wrong with it. */
import { type Parameter, type Row, rowsOf } from '../../../lib/api/derive.ts';
import { formats } from '../../../lib/api/formats.ts';
import { routes } from '../../../lib/api/routes.ts';
import { imageType } from '../../http/hostile/corpus/requests.ts';
import type { Random } from '../random.ts';
import type { Holdings } from './registry.ts';
import { filled, type Hostile } from './trial.ts';

/** A request before it is written down. */
interface Draft {
  method: string;
  target: string;
  version: string;
  readonly headers: [name: string, value: string][];
  body: string | undefined;
  framing: 'length' | 'chunks';
  /** What is sent instead of the real length. */
  length?: string;
  cutOff: boolean;
  unframed: boolean;
}

export const rows = rowsOf(routes);

/** The `turn`th request of a row. */
export function generate(row: Row, random: Random, holdings: Holdings): Hostile {
  const draft = validRequest(row, random);
  for (let count = random.chance(0.3) ? 2 : 1; count > 0; count--) pick(mutations, random)(draft, random);
  return written(draft, random, (text) => filled(text, holdings));
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[random.between(0, list.length - 1)] as T;
}

/** What the registry holds, for the parameters that name something. */
const held: Readonly<Record<string, string>> = {
  name: '{repo}',
  from: '{repo}',
  upload: '{upload}',
  mount: '{blob}',
  offset: '5',
  'Content-Range': '5-9',
};

function exampleOf({ name, format }: Parameter, row: Row): string {
  if (format === 'digest') return row.route.name === 'manifest' || row.route.name === 'referrers' ? '{manifest}' : '{blob}';
  if (format === 'tag' || format === 'reference') return '{tag}';
  return held[name] ?? formats[format].example;
}

function validRequest(row: Row, random: Random): Draft {
  const { route, method, request } = row;
  const when = request.when;
  const selecting = when && ('query' in when ? when.query : 'header' in when ? when.header : undefined);
  const parameters = row.parameters.filter(({ name, required }) => required || name === selecting || random.chance(0.5));
  const given = (where: Parameter['in']) =>
    parameters.filter((each) => each.in === where).map((each) => [each.name, exampleOf(each, row)] as [string, string]);
  const path = given('path').reduce((text, [name, value]) => text.replace(`{${name}}`, () => value), route.path as string);
  const query = given('query')
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return {
    method: method.method === 'GET' && random.chance(0.2) ? 'HEAD' : method.method,
    target: query ? `${path}?${query}` : path,
    version: 'HTTP/1.1',
    headers: [
      ['Host', 'x'],
      ...given('header').map(([name, value]): [string, string] => [name, name === 'Content-Type' ? imageType : value]),
    ],
    body:
      request.body === undefined
        ? method.method === 'GET'
          ? undefined
          : ''
        : request.body === 'manifest'
          ? '{"schemaVersion":2}'
          : 'world',
    framing: 'length',
    cutOff: false,
    unframed: false,
  };
}

/** Values that somebody once took for something. */
const values = [
  ...[
    '',
    ' ',
    '%20',
    '.',
    '..',
    '/',
    '//',
    '\\',
    '%',
    '%zz',
    '%00',
    '%0a',
    '%0d%0aX:y',
    '%2e%2e%2f',
    '%252e',
    '%ff',
    '%c0%af',
    '%F0%9F%92%A9',
    '*',
    '?',
    '#',
    '&',
    '=',
    ';',
    ':',
    '@',
    '~',
    '+',
    ',',
    '"',
    "'",
    '<',
    '{}',
    '$a',
    '`',
    '|',
    '^',
  ],
  ...[
    '-1',
    '0',
    '1',
    '00',
    '1e9',
    '0x1',
    'NaN',
    'null',
    'true',
    '9007199254740992',
    '9'.repeat(50),
    '-',
    '--',
    '0-',
    '-0',
    '0-0',
    '5-9',
    '9-5',
    '0-4,5-9',
    'bytes=0-',
    'bytes=5-1',
    'bytes 0-1/2',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'a'.repeat(129),
    'a'.repeat(256),
    'A',
    '_',
    '-a',
    'a-',
    'a..b',
    'sha256:',
    'sha256:zz',
    `sha256:${'0'.repeat(64)}`,
    `sha512:${'0'.repeat(128)}`,
    `sha256:${'0'.repeat(64)}%00`,
  ],
  ...[
    '{blob}',
    '{manifest}',
    '{upload}',
    '{repo}',
    '{tag}',
    'gzip',
    'identity',
    'chunked',
    'a/b',
    'text/html',
    imageType,
    '*/*',
    'W/"a"',
    '"',
    '"{blob}"',
    'Basic !',
    'Bearer x',
    'close',
    '100-continue',
  ],
];

/** Characters that no request line and no header may have as they are. */
const raw = ['\0', '\r', '\n', '\t', '\x7f', '\xe4', '\xff', ' '];

const words = [
  'Content-Range',
  'Content-Type',
  'Content-Encoding',
  'Range',
  'If-Range',
  'If-None-Match',
  'If-Match',
  'Accept',
  'Authorization',
  'Expect',
  'X-Forwarded-For',
  'X-HTTP-Method-Override',
  '__proto__',
  'Connection',
  'Cookie',
  'Accept-Encoding',
];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

type Mutation = (draft: Draft, random: Random) => void;

const spliced = (text: string, random: Random, insert: string, remove = 0): string => {
  const at = random.between(0, text.length);
  return text.slice(0, at) + insert + text.slice(at + remove);
};

const mutations: readonly Mutation[] = [
  // A value of the path, of the query or of a header is another.
  (draft, random) => {
    const parts = draft.target.split('/');
    const at = random.between(2, parts.length - 1);
    parts[Math.min(at, parts.length - 1)] = pick(values, random);
    draft.target = parts.join('/');
  },
  (draft, random) => {
    const [path, query = ''] = draft.target.split('?');
    const pairs = query.split('&').filter(Boolean);
    const [name] = (
      pairs.length > 0
        ? pick(pairs, random)
        : pick(['n', 'last', 'digest', 'mount', 'from', 'offset', 'tag', 'artifactType', 'after', 'digest-algorithm'], random)
    ).split('=');
    const others = pairs.filter((pair) => random.chance(0.5) || !pair.startsWith(`${name}=`));
    draft.target = `${path}?${[...others, `${name}=${pick(values, random)}`].join('&')}`;
  },
  (draft, random) => {
    draft.headers.push([pick(words, random), pick(values, random)]);
  },
  // A piece of the target is lost, doubled, escaped or another.
  (draft, random) => {
    draft.target = `/${spliced(draft.target.slice(1), random, '', random.between(1, 10))}`;
  },
  (draft, random) => {
    draft.target = spliced(draft.target, random, pick(values, random).replace(' ', '%20'));
    draft.unframed ||= !draft.target.startsWith('/');
  },
  (draft, random) => {
    draft.target = [...draft.target]
      .map((each) => (random.chance(0.1) && !'{}/?=&'.includes(each) ? `%${each.charCodeAt(0).toString(16)}` : each))
      .join('');
  },
  (draft, random) => {
    draft.target = spliced(draft.target, random, pick(raw, random));
    draft.unframed = true;
  },
  (draft, random) => {
    draft.method = pick(methods, random);
  },
  (draft, random) => {
    draft.method = spliced(draft.method, random, pick(['x', '\0', ' ', '"', 'T'], random), random.between(0, 2));
    draft.unframed = true;
  },
  // A header is there twice, is lost, or is garbled.
  (draft, random) => {
    const [name, value] = draft.headers.length > 0 ? pick(draft.headers, random) : ['Host', 'x'];
    draft.headers.push([name, random.chance(0.5) ? value : pick(values, random)]);
    draft.unframed ||= name === 'Host';
  },
  (draft, random) => {
    const at = random.between(0, draft.headers.length - 1);
    if (draft.headers[at]?.[0] === 'Host') draft.unframed = true;
    draft.headers.splice(at, 1);
  },
  (draft, random) => {
    draft.headers.push([spliced(pick(words, random), random, pick([...raw, ':', '(', '_'], random)), 'a']);
    draft.unframed = true;
  },
  (draft, random) => {
    draft.headers.push([pick(words, random), spliced(pick(values, random), random, pick(raw, random))]);
    draft.unframed = true;
  },
  // The body is shorter, longer, another, chunked, or not as long as it says.
  (draft, random) => {
    draft.body = spliced(draft.body ?? '', random, '', random.between(1, 5));
  },
  (draft, random) => {
    draft.body = spliced(draft.body ?? '', random, pick([...values, ...raw], random).repeat(random.between(1, 100)));
  },
  (draft, random) => {
    draft.body = String.fromCharCode(...Array.from({ length: random.between(0, 400) }, () => random.between(0, 255)));
  },
  (draft) => {
    draft.body ??= '';
    draft.framing = 'chunks';
  },
  (draft, random) => {
    draft.body ??= 'world';
    draft.length = pick(['0', '4', '-1', '+5', '5,5', '', 'x', '18446744073709551616'], random);
    draft.unframed = true;
  },
  (draft, random) => {
    draft.body ??= 'world';
    draft.length = String(draft.body.length + random.between(1, 1_000_000));
    draft.cutOff = true;
  },
  (draft, random) => {
    draft.version = pick(['HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/0.9', 'HTTP', ''], random);
    draft.unframed = true;
  },
];

function written(draft: Draft, random: Random, fill: (text: string) => string): Hostile {
  const { method, version, framing, length, unframed } = draft;
  const target = fill(draft.target);
  const headers = draft.headers.map(([name, value]) => [name, fill(value)] as const);
  const body = draft.body === undefined ? undefined : fill(draft.body);
  // Whoever promises more than there is, or chunks that are none, waits for nothing.
  const cutOff = draft.cutOff || Number(length ?? 0) > (body?.length ?? 0) || (framing === 'chunks' && length !== undefined);
  const announced =
    body === undefined
      ? []
      : framing === 'chunks'
        ? ['Transfer-Encoding: chunked']
        : [`Content-Length: ${length ?? body.length}`];
  const head = [
    `${method} ${target} ${version}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...announced,
    '',
    '',
  ].join('\r\n');
  const chunks = body === undefined ? '' : framing === 'chunks' && length === undefined ? chunked(body, random) : body;
  // Spaces in the target or line breaks anywhere are for the parser of the server to judge.
  const broken =
    /[ \t\r\n\0\x7f-\xff]/.test(target) ||
    target === '' ||
    headers.some(([name, value]) => /^(expect|connection)$/i.test(name) || /[\r\n\0]/.test(value));
  return { bytes: head + chunks, head: method.trim() === 'HEAD', cutOff, unframed: unframed || broken };
}

function chunked(body: string, random: Random): string {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const piece = body.slice(at, at + random.between(1, 100));
    text += `${piece.length.toString(16)}\r\n${piece}\r\n`;
    at += piece.length;
  }
  return `${text}0\r\n\r\n`;
}
