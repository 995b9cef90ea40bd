import type { Driver, Upload } from '../../driver.ts';
import { overrideDriver } from '../override-driver.ts';
import { chunkOf } from '../suite/samples.ts';
import type { Exchange, Step } from './exchange.ts';
import { absent, blob, digest, step, upload } from './given.ts';

const content = 'The quick brown fox jumps over the lazy dog';
const [head, tail] = [content.slice(0, 20), content.slice(20)];
const published = (known: string = digest(content), repo = 'a') => ({
  status: 201,
  headers: { Location: `/v2/${repo}/blobs/${known}`, 'Docker-Content-Digest': known, 'Content-Length': '0' },
});
const standsAt = (bytes: number, status = 204) => ({
  status,
  headers: {
    Range: `0-${Math.max(0, bytes - 1)}`,
    Location: new RegExp(`^/v2/a/blobs/uploads/[0-9a-f-]{36}\\?offset=${bytes}$`),
  },
});
const announced = (bytes: string | null) => ({ status: 202, headers: { 'OCI-Chunk-Min-Length': bytes } });
/** The refusal of a body that was sent for another offset, `given`, than the one where the upload is. */
const offsetMismatch = (
  bytes: number,
  reason: 'wrong-range' | 'wrong-offset' | 'overtaken' | 'held',
  given: number | null,
): Step['expect'] => ({
  ...standsAt(bytes, 416),
  code: 'BLOB_UPLOAD_INVALID',
  message: new RegExp(`${says[reason]}.*; the upload has ${bytes} bytes`),
  detail: { reason, expected: bytes, given },
});
const says = {
  'wrong-range': 'the Content-Range begins at byte',
  'wrong-offset': 'the offset in the URL is (?:malformed|[0-9]+)',
  overtaken: '(?:this URL is from when|another request changed) the upload',
  held: 'another request is using the upload',
};
const malformedRange: Step['expect'] = {
  ...standsAt(20, 400),
  code: 'BLOB_UPLOAD_INVALID',
  message: /Content-Range is malformed: .*; the upload has 20 bytes/,
  detail: {
    reason: 'malformed-range',
    parameter: 'Content-Range',
    expected: 'The first and the last byte of a chunk within its blob, both included, without a unit.',
  },
};
const gone = (reason: 'unknown' | 'gone'): Step['expect'] => ({
  status: 404,
  code: 'BLOB_UPLOAD_UNKNOWN',
  message: reason === 'unknown' ? /no such upload/ : /ended during this request/,
});
const mismatch = (given: string, actual: string): Step['expect'] => ({
  status: 400,
  code: 'DIGEST_INVALID',
  message: new RegExp(`is ${actual}, not ${given}`),
  detail: { reason: 'digest-mismatch', given, actual },
});
const tooLarge = (limit: number): Step['expect'] => ({
  status: 413,
  code: 'SIZE_INVALID',
  message: new RegExp(`${limit} bytes`),
  detail: { reason: 'too-large', limit },
});
const pulled = (known: string = digest(content), body = content) => step('GET', `/v2/a/blobs/${known}`, { status: 200, body });
const close = (body = '', known: string = digest(content)) =>
  step('PUT', `{location}&digest=${known}`, published(known), { body });
const chunk = (range: string, body: string, expect: Step['expect'], method = 'PATCH', query = '') =>
  step(method, `{location}${query}`, expect, { body, headers: { 'Content-Range': range } });
const status = (bytes: number) => step('GET', '{location}', standsAt(bytes));

/** A driver that gives uploads without digests and with new tokens, as if each request came to another process. */
function forgetful(driver: Driver): Driver {
  const { uploads } = driver;
  const found = new Map<unknown, Upload>();
  const real = (at: Upload): Upload => found.get(at.token) ?? at;
  return overrideDriver(driver, {
    uploads: {
      complete: undefined,
      get: async (repo, id) => {
        const upload = await uploads.get(repo, id);
        if (!upload) return undefined;
        const token = `${id} at ${upload.offset}, elsewhere`;
        found.set(token, upload);
        return { offset: upload.offset, token };
      },
      append: (repo, id, from, chunk) => uploads.append(repo, id, real(from), chunk),
      read: (repo, id, at) => uploads.read(repo, id, real(at)),
      commit: (repo, id, at, known) => uploads.commit(repo, id, real(at), known),
    },
  });
}

/** The exchanges about pushing blobs. */
export const uploads: readonly Exchange[] = [
  {
    name: 'A blob is pushed by POST, PATCH without a length and an empty PUT',
    steps: [
      ...upload('a'),
      step('PATCH', '{location}', standsAt(43, 202), { body: content, chunked: true }),
      status(43),
      close(),
      pulled(),
      step('HEAD', `/v2/a/blobs/${digest(content)}`, { status: 200 }),
    ],
  },
  { name: 'A blob is pushed by POST and PUT', steps: [...upload('a'), close(content), pulled()] },
  {
    name: 'A closing PUT may come without a length',
    steps: [
      ...upload('a', head),
      step('PUT', `{location}&digest=${digest(content)}`, published(), { body: tail, chunked: true }),
      pulled(),
    ],
  },
  {
    name: 'A blob is pushed in one request, in each algorithm',
    steps: (['sha256', 'sha384', 'sha512'] as const).flatMap((algorithm) => {
      const known = digest(content, algorithm);
      return [step('POST', `/v2/a/blobs/uploads/?digest=${known}`, published(known), { body: content }), pulled(known)];
    }),
  },
  {
    name: 'A blob is pushed in chunks, the last of them with the closing PUT',
    steps: [
      ...upload('a'),
      chunk('0-19', head, standsAt(20, 202)),
      chunk('20-42', tail, { ...published() }, 'PUT', `&digest=${digest(content)}`),
      pulled(),
      ...upload('a'),
      chunk('0-19', head, standsAt(20, 202)),
      chunk('20-42', tail, standsAt(43, 202)),
      close(),
    ],
  },
  {
    name: 'An upload takes one algorithm at its start and another one at its end',
    steps: [
      ...upload('a', content, '?digest-algorithm=sha512'),
      close('', digest(content, 'sha512')),
      ...upload('a', content, '?digest-algorithm=sha512'),
      close('', digest(content)),
      ...upload('a', head),
      step('PUT', `{location}&digest=${digest(content, 'sha512')}`, published(digest(content, 'sha512')), { body: tail }),
      ...upload('a', head),
      close(tail, digest(content, 'sha384')),
      pulled(digest(content, 'sha384')),
    ],
  },
  {
    name: 'An empty blob is pushed in every way',
    steps: [
      step('POST', `/v2/a/blobs/uploads/?digest=${digest('')}`, published(digest(''))),
      ...upload('a'),
      close('', digest('')),
      ...upload('a'),
      step('PUT', `{location}&digest=${digest('')}`, published(digest('')), { chunked: true }),
      ...upload('a'),
      step('PATCH', '{location}', standsAt(0, 202)),
      close('', digest('', 'sha512')),
      pulled(digest(''), ''),
    ],
  },
  {
    name: 'The status of an upload says where it stands, also before there are any bytes',
    steps: [
      ...upload('a'),
      status(0),
      step('HEAD', '{location}', standsAt(0)),
      step('GET', `{location}&digest=${digest(content)}`, standsAt(0)),
      step('PATCH', '{location}', standsAt(20, 202), { body: head }),
      status(20),
    ],
  },
  {
    name: 'A chunk that does not begin where the upload stands is 416, and changes nothing',
    steps: [
      ...upload('a', head),
      chunk('0-19', head, offsetMismatch(20, 'wrong-range', 0)),
      chunk('21-43', tail, offsetMismatch(20, 'wrong-range', 21)),
      chunk('0-19', head, offsetMismatch(20, 'wrong-range', 0), 'PUT', `&digest=${digest(content)}`),
      chunk('30-52', tail, offsetMismatch(20, 'wrong-range', 30), 'PUT', `&digest=${absent}`),
      status(20),
      close(tail),
      pulled(),
    ],
  },
  {
    name: 'A Content-Range that is no range is 400, and changes nothing',
    steps: [
      ...upload('a', head),
      ...['nonsense', 'bytes 20-42/43', '42-20', '-20-42', '20-', '20-99999999999999999999'].flatMap((range) => [
        chunk(range, tail, malformedRange),
        chunk(range, tail, malformedRange, 'PUT', `&digest=${digest(content)}`),
      ]),
      close(tail),
    ],
  },
  {
    name: 'A body that is longer or shorter than its Content-Range is 400, and leaves nothing',
    steps: [
      ...upload('a', head),
      ...[22, 24, 1].flatMap((expected) =>
        [false, true].flatMap((chunked) => {
          // Of a body without a length that is too long, the rest is not waited for.
          const given = chunked && tail.length > expected ? {} : { given: tail.length };
          const refused: Step['expect'] = {
            status: 400,
            code: 'SIZE_INVALID',
            message: new RegExp(`the Content-Range has ${expected} bytes, the body ${given.given ?? 'more'}`),
            detail: { reason: 'length-mismatch', expected, ...given },
          };
          const sent = { body: tail, chunked, headers: { 'Content-Range': `20-${19 + expected}` } };
          return [step('PATCH', '{location}', refused, sent), step('PUT', `{location}&digest=${digest(content)}`, refused, sent)];
        }),
      ),
      status(20),
      close(tail),
    ],
  },
  {
    name: 'A body that is sent to an overtaken URL is a replay: 416, and never appended',
    steps: [
      ...upload('a', head),
      ...(
        [
          ['0', offsetMismatch(20, 'overtaken', 0)],
          ['19', offsetMismatch(20, 'overtaken', 19)],
          ['21', offsetMismatch(20, 'wrong-offset', 21)],
          ...['nonsense', '-1', '%zz', '20&offset=20'].map((text) => [text, offsetMismatch(20, 'wrong-offset', null)] as const),
        ] as const
      ).flatMap(([offset, refused]) => [
        step('PATCH', `{upload}?offset=${offset}`, refused, { body: tail }),
        step('PUT', `{upload}?offset=${offset}&digest=${digest(content)}`, refused, { body: tail }),
        step('GET', `{upload}?offset=${offset}`, standsAt(20)),
        step('PUT', `{upload}?offset=${offset}&digest=${absent}`, { status: 400, code: 'DIGEST_INVALID' }),
      ]),
      step('PATCH', '{upload}', standsAt(30, 202), { body: content.slice(20, 30) }),
      close(content.slice(30)),
      pulled(),
    ],
  },
  {
    name: 'A wrong digest is 400, and the upload can still be closed',
    steps: [
      ...upload('a', content),
      step('PUT', `{location}&digest=${absent}`, mismatch(absent, digest(content))),
      step(
        'PUT',
        `{location}&digest=${digest('other', 'sha512')}`,
        mismatch(digest('other', 'sha512'), digest(content, 'sha512')),
      ),
      step('PUT', '{location}', { status: 400, code: 'DIGEST_INVALID' }),
      step('PUT', '{location}&digest=sha256:zz', { status: 400, code: 'DIGEST_INVALID' }),
      step('PUT', `{location}&digest=${absent}&digest=${absent}`, { status: 400, code: 'DIGEST_INVALID' }),
      step('PUT', '{location}&digest=md5:d41d8cd98f00b204e9800998ecf8427e', { status: 400, code: 'DIGEST_INVALID' }),
      status(43),
      close(),
      pulled(),
    ],
  },
  {
    name: 'A closing PUT whose body makes the digest wrong leaves nothing of that body',
    steps: [
      ...upload('a', head),
      step('PUT', `{location}&digest=${digest(content)}`, mismatch(digest(content), digest(`${head}other bytes`)), {
        body: 'other bytes',
      }),
      chunk('20-30', 'other bytes', mismatch(digest(content), digest(`${head}other bytes`)), 'PUT', `&digest=${digest(content)}`),
      step('PUT', '{location}', { status: 400, code: 'DIGEST_INVALID' }, { body: tail }),
      chunk('20-42', tail, { status: 400, code: 'DIGEST_INVALID' }, 'PUT'),
      status(20),
      close(tail),
      pulled(),
    ],
  },
  {
    name: 'A blob in one request with the wrong digest leaves nothing',
    steps: [
      step('POST', `/v2/a/blobs/uploads/?digest=${absent}`, mismatch(absent, digest(content)), { body: content }),
      step('GET', `/v2/a/blobs/${absent}`, { status: 404, code: 'BLOB_UNKNOWN' }),
      step('GET', '/v2/_catalog', { status: 200, body: { repositories: [] } }),
    ],
  },
  {
    name: 'A cancelled upload is gone',
    steps: [
      ...upload('a', head),
      step('DELETE', '{location}', { status: 204 }),
      step('GET', '{location}', gone('unknown')),
      step('PATCH', '{location}', gone('unknown'), { body: tail }),
      chunk('20-42', tail, gone('unknown')),
      chunk('20-42', tail, gone('unknown'), 'PUT', `&digest=${digest(content)}`),
      step('PUT', `{location}&digest=${digest(content)}`, gone('unknown')),
      step('PUT', `{location}&digest=${digest(content)}`, gone('unknown'), { body: tail }),
      step('DELETE', '{location}', gone('unknown')),
    ],
  },
  {
    name: 'A finished upload is gone',
    steps: [
      ...upload('a', content),
      close(),
      step('GET', '{upload}', { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' }),
      step('PATCH', '{upload}', { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' }, { body: 'more' }),
      step('PUT', `{upload}?digest=${absent}`, gone('unknown')),
      step('DELETE', '{upload}', { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' }),
    ],
  },
  {
    name: 'A closing PUT whose reply was lost may be sent again, as long as the repository holds the blob',
    steps: [
      ...upload('a', head),
      step('PUT', `{upload}?offset=20&digest=${digest(content)}`, published(), { body: tail }),
      ...[0, 20].flatMap((offset) => [
        step('PUT', `{upload}?offset=${offset}&digest=${digest(content)}`, published(), { body: tail }),
        step('PUT', `{upload}?offset=${offset}&digest=${digest(content)}`, published(), { body: tail, chunked: true }),
        step('PUT', `{upload}?offset=${offset}&digest=${digest(content)}`, published()),
      ]),
      step('PUT', `{upload}?digest=${digest(content)}`, published(), { body: tail, headers: { 'Content-Range': '20-42' } }),
      step('PUT', `{upload}?digest=${digest(content, 'sha512')}`, gone('unknown'), { body: tail }),
      step('PUT', `{other}?digest=${digest(content)}`, gone('unknown'), { body: tail }),
      pulled(),
      step('DELETE', `/v2/a/blobs/${digest(content)}`, { status: 202 }),
      step('PUT', `{upload}?digest=${digest(content)}`, gone('unknown'), { body: tail }),
      step('PUT', `{upload}?digest=${digest(content)}`, gone('unknown')),
    ],
  },
  {
    name: 'An upload is of its repository, and of no other',
    steps: [
      ...upload('a', head),
      ...['GET', 'PATCH', 'DELETE'].map((method) =>
        step(method, '{other}', { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' }, method === 'PATCH' ? { body: tail } : {}),
      ),
      step('PUT', `{other}?digest=${digest(content)}`, { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' }, { body: tail }),
      step('GET', '{upload}', standsAt(20)),
    ],
  },
  {
    name: 'A blob over the limit is 413 in every way, and leaves nothing',
    options: { limits: { blobBytes: 40 } },
    steps: [
      ...[false, true].flatMap((chunked) => [
        step('POST', `/v2/a/blobs/uploads/?digest=${digest(content)}`, tooLarge(40), { body: content, chunked }),
        ...upload('a', head),
        step('PATCH', '{location}', tooLarge(40), { body: tail, chunked }),
        step('PUT', `{location}&digest=${digest(content)}`, tooLarge(40), { body: tail, chunked }),
        step('PATCH', '{location}', tooLarge(40), { body: tail, chunked, headers: { 'Content-Range': '20-42' } }),
        step('PUT', `{location}&digest=${digest(content)}`, tooLarge(40), {
          body: tail,
          chunked,
          headers: { 'Content-Range': '20-42' },
        }),
        status(20),
        close('', digest(head)),
      ]),
    ],
  },
  {
    name: 'A blob is mounted from the repository that has it',
    needs: ['blobs.mount'],
    steps: [
      blob('b', content),
      step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}&from=b`, published()),
      step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}&from=a`, published()),
      pulled(),
    ],
  },
  {
    name: 'A blob is mounted from wherever it is, where everybody may read everything',
    needs: ['blobs.mount'],
    steps: [blob('b/c', content), step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}`, published()), pulled()],
  },
  {
    name: 'A blob that cannot be mounted is uploaded instead',
    steps: [
      step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}&from=b`, standsAt(0, 202)),
      step('POST', `/v2/a/blobs/uploads/?mount=${digest(content, 'sha512')}`, standsAt(0, 202)),
      step('PATCH', '{location}', { status: 202 }, { body: content }),
      close('', digest(content, 'sha512')),
      blob('b', content),
      step('DELETE', `/v2/b/blobs/${digest(content)}`, { status: 202 }),
      step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}&from=b`, standsAt(0, 202)),
    ],
  },
  {
    name: 'A mount that cannot be done, whatever is wrong with it, begins an upload',
    steps: [
      blob('b', content),
      ...['from=', 'from=B', 'from=registry.example.com:5000/b', 'from=b//c', 'from=b&from=b', 'from=%zz'].map((from) =>
        step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}&${from}`, standsAt(0, 202)),
      ),
      ...[
        `blake3:${'0'.repeat(64)}`,
        `md5:${'0'.repeat(32)}`,
        'sha256:zz',
        '',
        '%zz',
        `${digest(content)}&mount=${digest(content)}`,
      ].map((mount) => step('POST', `/v2/a/blobs/uploads/?mount=${mount}&from=b`, standsAt(0, 202))),
      step('PATCH', '{location}', { status: 202 }, { body: content }),
      close(),
    ],
  },
  {
    name: 'A driver that cannot mount has its clients upload',
    over: (driver) => overrideDriver(driver, { blobs: { mount: undefined } }),
    steps: [blob('b', content), step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}&from=b`, standsAt(0, 202))],
  },
  {
    name: 'A driver without put has blobs pushed through its uploads, and a wrong one leaves none behind',
    over: (driver) => overrideDriver(driver, { blobs: { put: undefined } }),
    steps: [
      step('POST', `/v2/a/blobs/uploads/?digest=${digest(content)}`, published(), { body: content }),
      step('POST', `/v2/a/blobs/uploads/?digest=${absent}`, mismatch(absent, digest(content)), { body: content }),
      pulled(),
    ],
  },
  {
    name: 'An upload that another process holds is 416, and its client may send the same again',
    over: (driver) =>
      overrideDriver(driver, {
        uploads: { commit: async () => false, append: async () => undefined, complete: undefined },
      }),
    steps: [
      ...upload('a'),
      step('PUT', `{location}&digest=${digest('')}`, offsetMismatch(0, 'held', 0)),
      step('PUT', `{location}&digest=${digest(content)}`, offsetMismatch(0, 'held', 0), { body: content }),
      step('PATCH', '{location}', offsetMismatch(0, 'held', 0), { body: content }),
    ],
  },
  {
    name: 'An upload to which another process appends while a body is on its way is 416, and says where it is then',
    over: (driver) =>
      overrideDriver(driver, {
        uploads: {
          complete: undefined,
          append: async (repo, id, from, chunk) => {
            if (from.offset === 0) await driver.uploads.append(repo, id, from, chunkOf(Buffer.alloc(0), [[Buffer.from(head)]]));
            return driver.uploads.append(repo, id, from, chunk);
          },
        },
      }),
    steps: [
      ...upload('a'),
      step('PATCH', '{location}', offsetMismatch(20, 'overtaken', 0), { body: content }),
      status(20),
      ...upload('a'),
      step('PUT', `{location}&digest=${digest(content)}`, offsetMismatch(20, 'overtaken', 0), { body: content }),
      close(tail),
      pulled(),
    ],
  },
  {
    name: 'An upload that another process publishes while a body is on its way has been published',
    over: (driver) =>
      overrideDriver(driver, {
        uploads: {
          complete: undefined,
          append: async (repo, id, from, chunk) => {
            const ended = await driver.uploads.append(repo, id, from, chunk);
            if (ended && ended.offset === 43) await driver.uploads.commit(repo, id, ended, digest(content));
            return undefined;
          },
          commit: async (repo, id, at, known) => {
            await driver.uploads.commit(repo, id, at, known);
            return false;
          },
        },
      }),
    steps: [
      ...upload('a'),
      step('PUT', `{location}&digest=${digest(content)}`, published(), { body: content }),
      pulled(),
      ...upload('a'),
      step('PUT', `{location}&digest=${digest('')}`, published(digest(''))),
    ],
  },
  {
    name: 'An upload that another process ends while a body is on its way is gone',
    over: (driver) =>
      overrideDriver(driver, {
        uploads: {
          complete: undefined,
          append: async (repo, id) => {
            await driver.uploads.delete(repo, id);
            return undefined;
          },
        },
      }),
    steps: [
      ...upload('a'),
      step('PATCH', '{location}', gone('gone'), { body: content }),
      step('PATCH', '{location}', gone('unknown'), { body: content }),
      ...upload('a'),
      step('PUT', `{location}&digest=${digest(content)}`, gone('gone'), { body: content }),
      step('PUT', `{location}&digest=${digest(content)}`, gone('unknown'), { body: content }),
    ],
  },
  {
    name: 'An upload whose digest nobody kept is read again',
    over: forgetful,
    steps: [
      ...upload('a', head),
      step('PATCH', '{location}', { status: 202 }, { body: tail }),
      step('PUT', `{location}&digest=${absent}`, { status: 400, code: 'DIGEST_INVALID' }),
      close(),
      pulled(),
    ],
  },
  {
    name: 'Bytes that cannot be read again whole are never published',
    over: (driver) =>
      overrideDriver(driver, {
        uploads: {
          read: async () =>
            (async function* () {
              yield Buffer.from(head);
            })(),
        },
      }),
    steps: [
      ...upload('a', content),
      step('PUT', `{upload}?digest=${digest(head, 'sha512')}`, { status: 500, code: 'UNKNOWN' }),
      step('GET', `/v2/a/blobs/${digest(head, 'sha512')}`, { status: 404, code: 'BLOB_UNKNOWN' }),
      status(43),
    ],
  },
  {
    name: 'An upload that is cancelled while it is read again is gone',
    over: (driver) =>
      overrideDriver(driver, {
        uploads: {
          read: async (repo, id) => {
            await driver.uploads.delete(repo, id);
            return undefined;
          },
        },
      }),
    steps: [...upload('a', content), step('PUT', `{upload}?digest=${digest(content, 'sha512')}`, gone('gone'))],
  },
  {
    name: 'Chunks of a size are asked for where an option says so, and smaller ones are taken all the same',
    options: { minChunkBytes: 30 },
    steps: [
      step('POST', `/v2/a/blobs/uploads/?mount=${digest(content)}`, announced('30')),
      step('POST', '/v2/a/blobs/uploads/', announced('30')),
      chunk('0-19', head, standsAt(20, 202)),
      close(tail),
      pulled(),
    ],
  },
  {
    name: 'Chunks may be of any size where no option says more',
    steps: [step('POST', '/v2/a/blobs/uploads/', announced(null))],
  },
  {
    name: 'A body with a POST that begins an upload is ignored',
    steps: [step('POST', '/v2/a/blobs/uploads/', standsAt(0, 202), { body: 'ignored' }), status(0)],
  },
];
