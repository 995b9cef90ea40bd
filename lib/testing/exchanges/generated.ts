/** Exchanges that are generated from the table: a malformed value of each parameter, refused clients, methods that no route has. */
import { type Parameter, type Row, rowsOf } from '../../api/derive.ts';
import { errors } from '../../api/errors.ts';
import { type Format, type FormatName, formats } from '../../api/formats.ts';
import { routes } from '../../api/routes.ts';
import type { Condition } from '../../api/row-shapes.ts';
import type { Exchange, Sent, Step } from './exchange.ts';
import { digest } from './given.ts';

const emptyDigest = digest('');

/** A value of each format that a parameter has without which a request would be another one. */
const wellFormed: { readonly [F in FormatName]?: string } = {
  name: 'library/alpine',
  tag: '3.22',
  digest: emptyDigest,
  blobDigest: emptyDigest,
  mountedDigest: emptyDigest,
  uploadId: '7c1f9b0e-6d0b-4e0c-9a51-0f6f7f3a3f5e',
  chunkRange: '0-1048575',
};

/** A value that the format refuses; absent for formats that take any text. */
const malformed: { readonly [F in FormatName]?: string } = {
  name: 'Upper',
  tag: '-dash',
  digest: 'sha256:zz',
  blobDigest: 'tarsum.v2+sha256:zz',
  uploadId: 'no-uuid',
  algorithm: 'md5',
  pageSize: '-1',
  marker: '%00',
  artifactType: '',
  mediaType: 'nonsense',
  identity: 'gzip',
};

/** A parameter to be sent with another value. */
interface Change {
  readonly parameter: string;
  /** Undefined leaves the parameter out. */
  readonly value: string | undefined;
}

/** A request of a row, with a well-formed value of each required parameter, and one parameter changed. */
function requestOf(row: Row, change?: Change): Sent {
  const { route, method, request } = row;
  const { when } = request;
  const parameters = row.parameters.filter(
    ({ name, in: where, required }) => required || name === change?.parameter || selects(when, where, name),
  );
  const valueFor = ({ name, format }: Parameter): string | undefined =>
    name === change?.parameter ? change.value : wellFormed[format];
  const given = (where: Parameter['in']) =>
    parameters.flatMap((parameter) => {
      const value = parameter.in === where ? valueFor(parameter) : undefined;
      return value === undefined ? [] : [[parameter.name, value] as const];
    });
  const path = given('path').reduce((text, [name, value]) => text.replace(`{${name}}`, value), route.path as string);
  const query = given('query').map(([name, value]) => `${name}=${value}`);
  const body = request.body === undefined ? {} : { body: 'hello' };
  return {
    method: method.method,
    path: [path, query.join('&')].filter(Boolean).join('?'),
    headers: Object.fromEntries(given('header')),
    ...body,
  };
}

/** Whether the condition of a use case is that this parameter is present. */
function selects(when: Condition | undefined, where: Parameter['in'], name: string): boolean {
  if (when === undefined) return false;
  return (
    (where === 'query' && 'query' in when && when.query === name) ||
    (where === 'header' && 'header' in when && when.header === name)
  );
}

const rows = rowsOf(routes);

const wrongValues = rows.flatMap((row) =>
  row.parameters.flatMap((parameter): Exchange[] => {
    const { invalid }: Format<unknown> = formats[parameter.format];
    if (!invalid) return [];
    const status = invalid.status ?? errors[invalid.code].status;
    const refused = (value: string | undefined): Step => ({
      send: requestOf(row, { parameter: parameter.name, value }),
      expect: { status, code: invalid.code },
    });
    const missing =
      parameter.required && parameter.in === 'query' && !(row.request.when && 'query' in row.request.when)
        ? [refused(undefined)]
        : [];
    const value = malformed[parameter.format] ?? 'missing from the malformed values';
    const escapes = parameter.in === 'header' || parameter.name === 'reference' ? [] : [refused('%zz'), refused('%ff')];
    return [{ name: `${row.name} refuses a malformed ${parameter.name}`, steps: [refused(value), ...escapes, ...missing] }];
  }),
);

/** The path with an escape for its first character after `/v2/`. */
const escaped = (path: string): string =>
  path.replace(/^(\/v2\/)(.)/, (_, root, first) => `${root}%${Buffer.from(first).toString('hex')}`);

const escapedPaths = rows
  .filter(({ route }) => route.path !== '/v2/')
  .map((row): Exchange => {
    const plain = requestOf(row);
    const send = { ...plain, path: escaped(plain.path) };
    const led = { status: 308, headers: { Location: plain.path } };
    return {
      name: `${row.name} is served under its plain path only`,
      steps:
        plain.method === 'GET'
          ? [
              { send, expect: led },
              { send: { ...send, method: 'HEAD' }, expect: led },
            ]
          : [{ send, expect: { status: 400, code: 'UNSUPPORTED', message: /escapes/ } }],
    };
  });

const refusedClients = rows.flatMap((row): Exchange[] => [
  {
    name: `${row.name} asks a client that is not known to log in`,
    options: { authorize: () => ({ may: () => false, challenges: ['Basic realm="test"'] }) },
    steps: [{ send: requestOf(row), expect: { status: 401, code: 'UNAUTHORIZED' } }],
  },
  {
    name: `${row.name} denies a client that may not`,
    options: { authorize: () => Promise.resolve({ subject: 'somebody', may: () => false }) },
    steps: [{ send: requestOf(row), expect: row.method.access === 'none' ? { status: 200 } : { status: 403, code: 'DENIED' } }],
  },
]);

const wrongMethods = routes.map((route): Exchange => {
  const there = new Set<string>(route.methods.map(({ method }) => method));
  const absent = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'].filter(
    (method) => !there.has(method === 'HEAD' ? 'GET' : method),
  );
  const [row] = rows.filter((each) => each.route === route);
  const { path } = row ? requestOf(row) : { path: route.path };
  return {
    name: `${route.name} has no methods but its own`,
    steps: absent.map((method) => ({
      send: { method, path },
      expect: { status: 405, ...(method !== 'HEAD' && { code: 'UNSUPPORTED' }) },
    })),
  };
});

/** The exchanges that follow from the rows of the table. They are refusals, which the library makes before it asks a driver. */
export const generated: readonly Exchange[] = [...wrongValues, ...escapedPaths, ...refusedClients, ...wrongMethods].map(
  (exchange) => ({ ...exchange, driverless: true }),
);
