/** How many calls to the store each flow of a client costs, from its first request to its last reply, clean-up included. */
import type { S3Client } from '@aws-sdk/client-s3';
import { s3Driver } from '../../../drivers/s3.ts';
import type { Driver } from '../../../lib/driver.ts';
import { image } from '../../../lib/testing/exchanges/given.ts';
import { withServer } from '../../../lib/testing/wire/serve.ts';
import { digestOf, expectStatus, locationOf, withDigest } from '../client.ts';

/** A flow, and how many calls it may cost. */
export interface Flow {
  readonly name: string;
  readonly most: number;
  /** Given the URL of a repository that holds an image `latest` of the layer `layer` and the configuration `{}`. */
  run(repository: string): Promise<void>;
}

const layer = Buffer.from('a small layer');
const text = image();

/** A request that has to be answered with this status: to a URL, or to where a `Location` leads. */
const asked = (status: number, repository: string, method: string, path: string, body: Uint8Array | string = '') =>
  expectStatus(status, repository, { method, path, body });

const blobAt = (repository: string, content: Uint8Array) => `${repository}/blobs/${digestOf(content)}`;

export const flows: readonly Flow[] = [
  {
    name: 'a small layer, pushed as docker does',
    most: 10,
    async run(repository) {
      await asked(404, repository, 'HEAD', blobAt(repository, layer));
      const begun = await asked(202, repository, 'POST', `${repository}/blobs/uploads/`);
      const sent = await asked(202, repository, 'PATCH', locationOf(begun), layer);
      await asked(201, repository, 'PUT', withDigest(locationOf(sent), digestOf(layer)));
    },
  },
  {
    name: 'a blob in one request',
    most: 3,
    async run(repository) {
      await asked(201, repository, 'POST', `${repository}/blobs/uploads/?digest=${digestOf(layer)}`, layer);
    },
  },
  {
    name: 'a blob that is pulled by a redirect',
    most: 2,
    async run(repository) {
      await asked(307, repository, 'GET', blobAt(repository, Buffer.from('layer')));
    },
  },
  {
    name: 'a manifest by its tag',
    most: 2,
    run: async (repository) => void (await asked(200, repository, 'GET', `${repository}/manifests/latest`)),
  },
  {
    name: 'a page of tags',
    most: 1,
    run: async (repository) => void (await asked(200, repository, 'GET', `${repository}/tags/list`)),
  },
];

/** How many calls a flow costs over a store that holds nothing else. */
export async function callsOf({ run }: Flow, client: S3Client, bucket: string, prefix: string): Promise<readonly string[]> {
  const calls: string[] = [];
  const counting: Pick<S3Client, 'send' | 'config'> = Object.create(client, {
    send: {
      value: (command: Parameters<S3Client['send']>[0]) => {
        calls.push(command.constructor.name.replace('Command', ''));
        return client.send(command);
      },
    },
  });
  const driver: Driver = s3Driver({ client: counting as S3Client, bucket, prefix, redirect: 'always' });
  await withServer(driver, {}, async (origin) => {
    const repository = `${origin}/v2/library/sample`;
    for (const content of ['{}', 'layer']) {
      await asked(201, repository, 'POST', `${repository}/blobs/uploads/?digest=${digestOf(Buffer.from(content))}`, content);
    }
    await asked(201, repository, 'PUT', `${repository}/manifests/latest`, text);
    calls.length = 0;
    await run(repository);
  });
  return calls;
}
