/**
 * Tarsums as aliases of the digests of blobs. An alias is stored as two links, small manifests whose subject is the sha256 of a name
 * and which tell the other one: from the tarsum to the blob, so that it is found, and from the blob to the tarsum, so that it goes
 * with the blob. The list of referrers finds links, and no driver has to know of them. A client cannot create one, since manifests of
 * unknown media types are never listed as referrers, and cannot overwrite one, since its bytes are not JSON.
 */
import { type Digest, type MediaType, type RepositoryName, readDigest, readTarsum, type Tarsum } from '../../api/formats.ts';
import { digestOf } from '../../content/digest.ts';
import { listReferrers } from '../../content/referrers.ts';
import type { Driver, Manifest } from '../../driver.ts';
import type { Caller } from '../../uploads/staging.ts';
import type { Publisher, Uploads } from '../../uploads/uploads.ts';
import { createTarsumPublisher } from './publisher.ts';
import { createTarsumVerifier } from './verifier.ts';

/** The aliases of blobs, and the verification of tarsums. */
export interface Tarsums {
  /** The digest of the blob that was pushed as `tarsum`; undefined if there is none, or the repository no longer holds it. */
  find(repo: RepositoryName, tarsum: Tarsum, caller: Caller): Promise<Digest | undefined>;
  /** Deletes all aliases of a blob in this repository. */
  forget(repo: RepositoryName, blob: Digest, caller: Caller): Promise<void>;
  /** Publishes blobs that have this tarsum, and remembers it of each. Where another blob has it already, that one keeps the name. */
  publisher(uploads: Uploads, tarsum: Tarsum, caller: Caller): Publisher;
}

const linkType = 'application/vnd.stowage.tarsum.v1' as MediaType;
const target = 'to';

/** Creates the aliases over the blobs and manifests of a driver. */
export function createTarsums(driver: Pick<Driver, 'blobs' | 'manifests'>): Tarsums {
  const verifiable = createTarsumVerifier();

  /** The names that a name is linked to. */
  async function* linkedTo(repo: RepositoryName, name: Tarsum | Digest, { signal }: Caller): AsyncGenerator<string> {
    for await (const { mediaType, annotations = {} } of listReferrers(driver.manifests, repo, subjectOf(name), { signal })) {
      if (mediaType === linkType && annotations[target] !== undefined) yield annotations[target];
    }
  }

  const find = async (repo: RepositoryName, tarsum: Tarsum, caller: Caller): Promise<Digest | undefined> => {
    for await (const name of linkedTo(repo, tarsum, caller)) {
      const blob = readDigest(name);
      if (blob !== undefined && (await driver.blobs.get(repo, blob))) return blob;
    }
    return undefined;
  };

  return {
    find,
    forget: async (repo, blob, caller) => {
      const tarsums: Tarsum[] = [];
      for await (const name of linkedTo(repo, blob, caller)) {
        const tarsum = readTarsum(name);
        if (tarsum !== undefined) tarsums.push(tarsum);
      }
      for (const tarsum of tarsums) {
        await driver.manifests.delete(repo, link(tarsum, blob).digest);
        await driver.manifests.delete(repo, link(blob, tarsum).digest);
      }
    },
    publisher: (uploads, tarsum, caller) =>
      createTarsumPublisher(uploads, verifiable(tarsum), caller, async (repo, blob) => {
        if ((await find(repo, tarsum, caller)) !== undefined) return;
        await driver.manifests.put(repo, link(blob, tarsum));
        await driver.manifests.put(repo, link(tarsum, blob));
      }),
  };
}

const subjectOf = (name: Tarsum | Digest): Digest => digestOf(Buffer.from(name), 'sha256');

function link(from: Tarsum | Digest, to: Tarsum | Digest): Manifest {
  const bytes = Buffer.from(`${from} ${to}\n`);
  const digest = digestOf(bytes, 'sha256');
  const referrer = { mediaType: linkType, digest, size: bytes.length, annotations: { [target]: to } };
  return { digest, mediaType: linkType, bytes, subject: subjectOf(from), referrer };
}
