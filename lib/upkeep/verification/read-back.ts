/** Reads blobs and manifests back, and says what is wrong with them. */
import { createRunningDigest } from '../../content/digest.ts';
import { algorithmOf, type Blob, type Digest, type Manifest } from '../../driver.ts';
import { isSameDescriptor, meaningOf, type Said } from './meaning.ts';
import type { Pace } from './pace.ts';

/** What came of reading something back. */
export interface ReadBack {
  /** How many bytes were read. */
  readonly bytes: number;
  /** In words; undefined if nothing is. */
  readonly wrong: string | undefined;
}

/** Reads a blob to its end. What the driver throws goes through. */
export async function readBlob(blob: Blob, digest: Digest, pace: Pace): Promise<ReadBack | undefined> {
  const body = await blob.open();
  if (body === undefined) return undefined;
  const running = createRunningDigest(algorithmOf(digest));
  let bytes = 0;
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    running.update(piece);
    bytes += piece.length;
    await pace(piece.length);
  }
  const actual = running.digest();
  if (actual !== digest) return { bytes, wrong: `its bytes have the digest ${actual}` };
  return { bytes, wrong: bytes === blob.size ? undefined : `it has ${bytes} bytes and is said to have ${blob.size}` };
}

/** What came of reading a manifest back, and what it says where nothing is wrong with it. */
export interface ReadManifest extends ReadBack {
  readonly said: Said | undefined;
}

/** Looks at a manifest that was read. */
export async function readManifest(manifest: Manifest, digest: Digest, pace: Pace): Promise<ReadManifest> {
  const bytes = manifest.bytes.length;
  await pace(bytes);
  const meaning = await meaningOf(manifest);
  if (meaning.digest !== digest) return { bytes, wrong: `its bytes have the digest ${meaning.digest}`, said: undefined };
  const wrong = meaning.said && wrongBeside(manifest, meaning.said);
  return { bytes, wrong, said: meaning.said };
}

/** What is wrong with what is kept beside the bytes of a manifest. */
function wrongBeside({ mediaType, subject, referrer }: Manifest, said: Said): string | undefined {
  if (mediaType !== said.mediaType) return `it is kept as ${mediaType}, and is ${said.mediaType}`;
  if (subject !== undefined && said.subject !== undefined && subject !== said.subject)
    return `it is kept with the subject ${subject}, and has ${said.subject}`;
  if (referrer && said.referrer && !isSameDescriptor(referrer, said.referrer))
    return 'it is kept with an entry for lists of referrers that is not its own';
  return undefined;
}
