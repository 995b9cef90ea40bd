/** @sigstore/oci: attaches artifacts to images. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { attachArtifactToImage, getImageDigest } from '@sigstore/oci';
import { image, startRegistry } from 'stowage/testing';

const credentials = { username: 'ann', password: 'secret' };
const content = image();
let registry;
let imageName;

before(async () => {
  registry = await startRegistry({ auth: { scheme: 'bearer', users: { ann: 'secret' } } });
  imageName = `${registry.host}/team/app`;
});
afterEach(() => {
  registry.heal();
  registry.requests.clear();
});
after(() => registry.close());

const attach = (fetchOpts) =>
  attachArtifactToImage({
    artifact: Buffer.from('{}'),
    mediaType: 'application/vnd.dev.sigstore.bundle+json',
    imageName,
    imageDigest: content.digest,
    credentials,
    fetchOpts,
  });

test('an image that is not there has no digest', async () => {
  await assert.rejects(getImageDigest({ imageName, imageTag: '1.0', credentials }));
  assert.equal(registry.requests.at(-1).status, 404);
});

test('finds the digest of a tag, with a token', async () => {
  await registry.seed('team/app:1.0', content);
  assert.equal(await getImageDigest({ imageName, imageTag: '1.0', credentials }), content.digest);
  assert.equal(registry.requests.at(-1).user, 'ann');
});

test('is refused with a wrong password', async () => {
  const wrong = { username: 'ann', password: 'wrong' };
  await assert.rejects(getImageDigest({ imageName, imageTag: '1.0', credentials: wrong }));
  registry.assertNoRequests({ operation: 'getManifest' });
});

test('an artifact becomes a referrer of its image', async () => {
  const { digest } = await attach();
  const [referrer, ...others] = await registry.referrers('team/app:1.0');
  assert.equal(referrer.digest, digest);
  assert.equal(referrer.artifactType, 'application/vnd.dev.sigstore.bundle+json');
  assert.deepEqual(others, []);
});

test('tries again where it is told to', async () => {
  registry.fail({ operation: 'putManifest', times: 1, status: 503 });
  await attach({ retry: { retries: 2, minTimeout: 1, factor: 1 } });
  assert.deepEqual(
    registry.requests.matching({ operation: 'putManifest' }).map(({ status }) => status),
    [503, 201],
  );
});

test('gives up where it is told to, and the image has no other referrer', async () => {
  const before = await registry.referrers('team/app:1.0');
  registry.fail({ operation: 'putManifest', status: 503 });
  await assert.rejects(attach({ retry: false }));
  assert.deepEqual(await registry.referrers('team/app:1.0'), before);
});
