/** Content on disk, as an OCI image layout. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Content } from '../../lib/testing/fixture/content/index.ts';

/** Writes a layout with these contents, by their tags. */
export async function writeContents(folder: string, contents: Readonly<Record<string, Content>>): Promise<void> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const { digest, bytes } of Object.values(contents).flatMap(storedIn)) {
    await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes);
  }
  const manifests = Object.entries(contents).map(([tag, { descriptor }]) => ({
    ...descriptor,
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

const storedIn = ({ manifest, blobs, children }: Content): Content['manifest'][] => [
  manifest,
  ...blobs,
  ...children.flatMap(storedIn),
];
