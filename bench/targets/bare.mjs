// @ts-check
/**
 * The ceiling of a registry on `node:http`: `node bare.mjs PORT ROOT`. It does with bodies what any of them has to (hash, write, fsync, rename;
 * read), by callbacks, and nothing else: no routing, no checks of names, no repositories, no state of uploads but a name. Manifests and tags are
 * written to files and read from memory.
 */
import { createHash } from 'node:crypto';
import { close, fstat, fsync, open, read, rename, writev } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */

const [port, root = ''] = process.argv.slice(2);
/** A write is begun with so many bytes, and a request is paused while more than `mostWaiting` wait. */
const batch = 64 * 1024;
const mostWaiting = 4 * 1024 * 1024;
const readSize = 1024 * 1024;
const type = 'application/vnd.oci.image.manifest.v1+json';

let uploads = 0;
/** The digests of what chunked requests have brought. @type {Map<string, string>} */
const appended = new Map();
/** @type {Map<string, { bytes: Buffer, digest: string }>} */
const manifests = new Map();
/** @type {string[]} */
let tags = [];

const uploadFile = (/** @type {string} */ id) => join(root, `upload-${id}`);
const blobFile = (/** @type {string} */ digest) => join(root, digest.slice('sha256:'.length));

/** @param {NodeJS.ErrnoException | null} error */
function must(error) {
  if (error) throw error;
}

/**
 * Writes the body to a file that is synced, and calls back with its digest.
 * @param {Request} request
 * @param {string} path
 * @param {(digest: string) => void} done
 */
function receive(request, path, done) {
  const hash = createHash('sha256');
  /** @type {number | undefined} */
  let file;
  /** @type {Buffer[]} */
  let waiting = [];
  let [waitingBytes, writing, ended] = [0, false, false];
  const go = () => {
    if (file === undefined || writing) return;
    if (waitingBytes >= batch || (ended && waitingBytes > 0)) {
      writing = true;
      const pieces = waiting;
      [waiting, waitingBytes] = [[], 0];
      writev(file, pieces, (error) => {
        must(error);
        writing = false;
        request.resume();
        go();
      });
    } else if (ended) {
      finish(file, () => done(`sha256:${hash.digest('hex')}`));
    }
  };
  open(path, 'w', (error, opened) => {
    must(error);
    file = opened;
    go();
  });
  request.on('data', (/** @type {Buffer} */ bytes) => {
    hash.update(bytes);
    waiting.push(bytes);
    waitingBytes += bytes.length;
    go();
    if (waitingBytes > mostWaiting) request.pause();
  });
  request.on('end', () => {
    ended = true;
    go();
  });
}

/** @param {number} file @param {() => void} done */
function finish(file, done) {
  fsync(file, (error) => {
    must(error);
    close(file, done);
  });
}

/** @type {Buffer[]} */
const buffers = [];

/**
 * Sends a file, and reads the next piece while one is sent.
 * @param {Response} response
 * @param {string} digest
 */
function sendBlob(response, digest) {
  open(blobFile(digest), 'r', (error, file) => {
    must(error);
    fstat(file, (failure, { size }) => {
      must(failure);
      response.writeHead(200, [
        'Content-Type',
        'application/octet-stream',
        'Content-Length',
        String(size),
        'Docker-Content-Digest',
        digest,
      ]);
      let [position, pending, reading] = [0, 0, false];
      const next = () => {
        if (reading || pending >= 2) return;
        if (position >= size) {
          if (pending === 0) close(file, () => response.end());
          return;
        }
        const buffer = buffers.pop() ?? Buffer.allocUnsafeSlow(readSize);
        reading = true;
        read(file, buffer, 0, readSize, position, (problem, length) => {
          must(problem);
          reading = false;
          position += length;
          pending += 1;
          response.write(length === readSize ? buffer : buffer.subarray(0, length), () => {
            pending -= 1;
            buffers.push(buffer);
            next();
          });
          next();
        });
      };
      next();
    });
  });
}

/**
 * @param {Response} response
 * @param {number} status
 * @param {string[]} headers
 * @param {Buffer | string} [body]
 */
function reply(response, status, headers, body = '') {
  response.writeHead(status, [...headers, 'Content-Length', String(Buffer.byteLength(body))]);
  response.end(body);
}

/** @param {Response} response @param {string} digest */
const created = (response, digest) =>
  reply(response, 201, ['Location', `/v2/bench/blobs/${digest}`, 'Docker-Content-Digest', digest]);

/** @param {Request} request @param {Response} response @param {string} tag */
function putManifest(request, response, tag) {
  /** @type {Buffer[]} */
  const pieces = [];
  const path = uploadFile(String(++uploads));
  request.on('data', (bytes) => pieces.push(bytes));
  receive(request, path, (digest) => {
    const bytes = Buffer.concat(pieces);
    JSON.parse(bytes.toString());
    rename(path, blobFile(digest), (error) => {
      must(error);
      open(join(root, `tag-${tag}`), 'w', (failure, file) => {
        must(failure);
        writev(file, [Buffer.from(digest)], () => finish(file, () => created(response, digest)));
      });
    });
    if (!manifests.has(tag)) tags = [];
    manifests.set(tag, { bytes, digest });
  });
}

/** @param {Request} request @param {Response} response @param {string} tag */
function sendManifest(request, response, tag) {
  const { bytes, digest } = manifests.get(tag) ?? { bytes: Buffer.from('{}'), digest: '' };
  response.writeHead(200, ['Content-Type', type, 'Content-Length', String(bytes.length), 'Docker-Content-Digest', digest]);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** @param {Response} response @param {string | null} limit */
function sendTags(response, limit) {
  if (tags.length === 0) tags = [...manifests.keys()].sort();
  const page = limit === null ? tags : tags.slice(0, Number(limit));
  reply(response, 200, ['Content-Type', 'application/json'], JSON.stringify({ name: 'bench', tags: page }));
}

/** @param {Request} request @param {Response} response */
function serve(request, response) {
  const { method, url = '' } = request;
  const [path = '', query = ''] = url.split('?');
  const last = path.slice(path.lastIndexOf('/') + 1);
  const digest = new URLSearchParams(query).get('digest');
  if (path.includes('/manifests/'))
    return method === 'PUT' ? putManifest(request, response, last) : sendManifest(request, response, last);
  if (path.endsWith('/tags/list')) return sendTags(response, new URLSearchParams(query).get('n'));
  if (method === 'GET') return last.startsWith('sha256:') ? sendBlob(response, last) : reply(response, 200, []);
  if (method === 'POST' && digest === null) return reply(response, 202, ['Location', `/v2/bench/blobs/uploads/${++uploads}`]);
  const id = method === 'POST' ? String(++uploads) : last;
  if (method === 'PATCH') {
    return receive(request, uploadFile(id), (found) => {
      appended.set(id, found);
      reply(response, 202, ['Location', path]);
    });
  }
  const publish = (/** @type {string} */ found) => {
    if (found !== digest) return reply(response, 400, []);
    return rename(uploadFile(id), blobFile(found), (error) => {
      must(error);
      created(response, found);
    });
  };
  const found = appended.get(id);
  appended.delete(id);
  return found === undefined ? receive(request, uploadFile(id), publish) : publish(found);
}

const server = createServer(serve);
server.requestTimeout = 0;
server.listen(Number(port), '127.0.0.1', 1024);
