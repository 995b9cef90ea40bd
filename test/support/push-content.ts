/** Pushes content to a registry as a client does: blobs, then the manifests of an index, then the manifest. */
import type { Content } from '../../lib/testing/fixture/content/index.ts';

/** Sends a request for a path of the registry. */
export type Ask = (path: string, init: RequestInit) => Promise<Response>;

/** Pushes content under a tag or its digest. Throws what the registry answers where it refuses something. */
export async function pushContent(
  ask: Ask,
  repository: string,
  content: Content,
  reference: string = content.digest,
): Promise<void> {
  const push = async (path: string, method: string, type: string, body: Uint8Array): Promise<void> => {
    const reply = await ask(`/v2/${repository}/${path}`, {
      method,
      headers: { 'content-type': type },
      body: new Uint8Array(body),
    });
    const said = await reply.text();
    if (reply.status !== 201) throw new Error(`${method} ${path} was answered ${reply.status}: ${said}`);
  };
  for (const { digest, bytes } of content.blobs) {
    await push(`blobs/uploads/?digest=${digest}`, 'POST', 'application/octet-stream', bytes);
  }
  for (const child of content.children) await pushContent(ask, repository, child);
  await push(`manifests/${reference}`, 'PUT', content.mediaType, content.manifest.bytes);
}
