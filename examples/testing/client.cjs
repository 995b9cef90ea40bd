/** What the tests beside it are about: code that pulls the layers of an image, and tries again where a registry is busy. */
exports.pull = async function pull(registry, repository, tag) {
  const api = `${registry}/v2/${repository}`;
  const manifest = await (await get(`${api}/manifests/${tag}`)).json();
  const layers = [];
  for (const { digest } of manifest.layers) layers.push(Buffer.from(await (await get(`${api}/blobs/${digest}`)).arrayBuffer()));
  return layers;
};

async function get(url, attempts = 3) {
  const response = await fetch(url, { headers: { accept: 'application/vnd.oci.image.manifest.v1+json, */*' } });
  if (response.status === 503 && attempts > 1) return get(url, attempts - 1);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}
