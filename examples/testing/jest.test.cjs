/** One registry for the tests of a file of Jest, made as it was before each of them: npx jest jest.test.cjs */
const { image, layer, startRegistry } = require('stowage/testing');
const { pull } = require('./client.cjs');

const motd = layer({ 'etc/motd': 'hello' });
let registry;
let filled;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seed('team/app:1.0', image({ layers: [motd] }));
  filled = registry.snapshot();
});
beforeEach(() => {
  filled.restore();
  registry.heal();
  registry.requests.clear();
});
afterAll(() => registry.close());

test('an image is pulled', async () => {
  expect(await pull(registry.url, 'team/app', '1.0')).toEqual([Buffer.from(motd.bytes)]);
  registry.assertRequests(['getManifest', 'getBlob']);
});

test('a busy registry is asked again', async () => {
  registry.fail({ operation: 'getManifest', times: 2, status: 503 });
  await pull(registry.url, 'team/app', '1.0');
  registry.assertRequests(['getManifest', 'getManifest', 'getManifest', 'getBlob']);
});

test('a registry of its own has nothing', async () => {
  const empty = await startRegistry();
  await expect(pull(empty.url, 'team/app', '1.0')).rejects.toThrow('404');
  await empty.close();
});
