/** What @sigstore/oci 0.6.0 tests of its RegistryClient with mocked replies, here against a registry. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { after, afterEach, before, describe, test } from 'node:test';
import { image, startRegistry } from 'stowage/testing';

const { RegistryClient } = createRequire(import.meta.url)('@sigstore/oci/dist/registry.js');
const users = { username: 'password', '<token>': 'password' };
const content = image();
const blob = Buffer.from('hello world');
const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
let open, basic, bearer;

before(async () => {
  open = await startRegistry();
  basic = await startRegistry({ auth: { scheme: 'basic', users } });
  bearer = await startRegistry({ auth: { scheme: 'bearer', users } });
});
afterEach(() => {
  for (const registry of [open, basic, bearer]) {
    registry.heal();
    registry.requests.clear();
  }
});
after(() => Promise.all([open, basic, bearer].map((registry) => registry.close())));

const clientOf = (registry, options = { retry: false }) => new RegistryClient(registry.host, 'test', options);

describe('checkVersion', () => {
  test('returns the version', async () => assert.equal(await clientOf(open).checkVersion(), 'registry/2.0'));

  test('returns the empty string without the header', async () => {
    open.fail({ headers: { 'Docker-Distribution-API-Version': null } });
    assert.equal(await clientOf(open).checkVersion(), '');
  });
});

describe('signIn', () => {
  const creds = { username: 'username', password: 'password', headers: { 'X-Custom-Auth': 'sometoken' } };

  test('sends the headers of the configuration, and throws for a scheme that it does not know', async () => {
    open.fail({ status: 401, headers: { 'WWW-Authenticate': 'Foo realm="registry"' } });
    await assert.rejects(clientOf(open).signIn(creds), /invalid challenge/i);
    assert.equal(open.requests[0].headers['x-custom-auth'], '***');
  });

  test('signs in with Basic', async () => {
    const client = clientOf(basic);
    await client.signIn(creds);
    await client.uploadBlob(blob);
    assert.equal(basic.requests.at(-1).user, 'username');
  });

  test('signs in with a token of OAuth 2', async () => {
    await clientOf(bearer).signIn({ username: '<token>', password: 'password' });
    bearer.assertRequests(['startUpload', 'POST /token']);
  });

  test('asks for a token in the other way where OAuth 2 is refused', async () => {
    bearer.fail({ path: '/token', method: 'POST', status: 404 });
    await clientOf(bearer).signIn({ username: '<token>', password: 'password' });
    bearer.assertRequests(['startUpload', 'POST /token', 'GET /token']);
  });

  test('signs in with a token', async () => {
    const client = clientOf(bearer);
    await client.signIn(creds);
    bearer.assertRequests(['startUpload', 'GET /token']);
    await client.uploadBlob(blob);
    assert.equal(bearer.requests.at(-1).user, 'username');
  });
});

describe('uploadBlob', () => {
  const uploaded = { mediaType: 'application/octet-stream', digest, size: blob.length };

  test('uploads a blob', async () => {
    assert.deepEqual(await clientOf(open).uploadBlob(blob), uploaded);
    assert.equal(Buffer.from(await open.blob(`test@${digest}`)).toString(), 'hello world');
  });

  test('does not upload what is there', async () => {
    assert.deepEqual(await clientOf(open).uploadBlob(blob), uploaded);
    open.assertRequests(['getBlob']);
  });

  test('throws where the location is missing', async () => {
    open.fail({ operation: 'startUpload', headers: { Location: null } });
    await assert.rejects(clientOf(open).uploadBlob(Buffer.from('another')), /missing location/i);
  });

  test('throws where the upload fails', async () => {
    open.fail({ operation: 'completeUpload', status: 500 });
    await assert.rejects(clientOf(open).uploadBlob(Buffer.from('another')), /expected 201/);
  });

  test('tries again', async () => {
    open.fail({ operation: 'getBlob', times: 1, status: 500 });
    const client = clientOf(open, { retry: { retries: 1, minTimeout: 0, factor: 0 } });
    assert.deepEqual(await client.uploadBlob(blob), uploaded);
    open.assertRequests(['getBlob', 'getBlob']);
  });
});

describe('manifests', () => {
  before(() => open.seed('test:latest', content));

  test('are looked up', async () => {
    const { mediaType, size } = content;
    assert.deepEqual(await clientOf(open).checkManifest('latest'), { mediaType, size, digest: content.digest });
    assert.match(open.requests[0].headers.accept, /vnd.oci.image.index.*vnd.docker.distribution.manifest.list/);
  });

  test('are fetched', async () => {
    const { body, mediaType } = await clientOf(open).getManifest('latest');
    assert.deepEqual([body, mediaType], [content.document, content.mediaType]);
  });

  test('that are not there are an error with the status', async () => {
    await assert.rejects(clientOf(open).getManifest('none'), { statusCode: 404, message: /expected 200/i });
  });

  const manifest = Buffer.from(content.manifest.bytes).toString();

  test('are uploaded by digest', async () => {
    const { digest: pushed } = await clientOf(open).uploadManifest(manifest);
    assert.equal(pushed, content.digest);
  });

  test('are uploaded by reference, if nothing has changed meanwhile', async () => {
    const reference = 'latest';
    const { etag } = await clientOf(open).getManifest(reference);
    await clientOf(open).uploadManifest(manifest, { reference, mediaType: content.mediaType, etag });
    await assert.rejects(
      clientOf(open).uploadManifest(manifest, { reference, mediaType: content.mediaType, etag: '"123"' }),
      /412/,
    );
  });

  test('that are refused are an error', async () => {
    open.fail({ operation: 'putManifest', status: 500 });
    await assert.rejects(clientOf(open).uploadManifest(manifest), /expected 201/);
  });
});
