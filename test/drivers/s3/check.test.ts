/** What an object store is asked before it is trusted: `stowage check-s3`, and the driver's own question. `npm run s3` does more. */
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { s3Driver } from '../../../drivers/s3.ts';
import { main } from '../../../lib/cli/main.ts';
import { manifestOf, readTag, repo } from '../../../lib/testing/suite/samples.ts';
import { type S3Double, withS3Double } from '../../support/s3/double.ts';

describe('stowage check-s3', () => {
  /** What the command says of a double, and its exit code. */
  async function told({ origin, bucket, clientConfig: { credentials } }: S3Double): Promise<{ code: number; text: string }> {
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    vi.stubEnv('AWS_REGION', undefined);
    let text = '';
    const output = { write: (more: string) => (text += more) };
    const surroundings = {
      stdout: output,
      stderr: output,
      variables: {},
      signals: process,
      stdin: process.stdin,
      isInteractive: false,
      abandoned: new Promise<void>(() => {}),
    };
    const code = await main(['check-s3', '--bucket', bucket, '--endpoint', origin], surroundings);
    return { code, text };
  }
  afterEach(() => vi.unstubAllEnvs());

  it('gives 0 for a strict store, and leaves nothing there', async () => {
    const { code, text } = await withS3Double({}, async (double) => {
      const said = await told(double);
      expect([double.keys(), double.uploads()]).toEqual([[], []]);
      return said;
    });
    expect(text).not.toMatch(/^NO/m);
    expect([code, text]).toEqual([0, expect.stringMatching(/^s3:\/\/bucket\/\n.*\na registry can be kept here\n$/s)]);
  });

  it('gives 1 for a store without something that is needed, and names it', async () => {
    const { code, text } = await withS3Double({ lacks: ['ranges'] }, told);
    expect(text).toMatch(/^NO {4}a part of an object can be read: /m);
    expect([code, text]).toEqual([1, expect.stringMatching(/\ndo not keep a registry here\n$/)]);
  });

  it('gives 0 for a store without deletions under a condition, and says what is done there', async () => {
    const { code, text } = await withS3Double({ lacks: ['conditional deletes'] }, told);
    expect(text).toMatch(
      /^NO {4}an object is deleted only if it is the one that is named \(not needed\): .*leaves the empty object there$/m,
    );
    expect(code).toBe(0);
  });

  it('gives 0 for a store without what is not needed always, and says so', async () => {
    const { code, text } = await withS3Double({ lacks: ['conditional completion', 'presigned requests'] }, told);
    expect(text).toMatch(/^NO {4}a signed URL gives an object \(for redirect\): it gave 403$/m);
    expect(text).toMatch(/^NO {4}parts become an object only if there is none at their key \(not needed\): /m);
    expect(code).toBe(0);
  });

  it('gives 1 for a bucket that is not there, and says once what to do', async () => {
    const { code, text } = await withS3Double({}, (double) => told({ ...double, bucket: 'missing' }));
    expect(text.match(/^(?:yes|NO) .*/gm)).toEqual([expect.stringMatching(/NoSuchBucket: .*create the bucket/)]);
    expect(code).toBe(1);
  });
});

describe('the driver asks whether the store keeps to conditions', () => {
  const manifest = manifestOf('{}');

  /** A driver over a double, what tags something under a condition, and how often the store was asked since the last look. */
  async function asking(double: S3Double, use: (tag: (name: string) => Promise<boolean>, asked: () => number) => Promise<void>) {
    const client = new S3Client({ ...double.clientConfig, maxAttempts: 1 });
    const { manifests } = s3Driver({ client, bucket: double.bucket });
    await manifests.put(repo, manifest);
    const asked = (): number => {
      const keys = double.calls.splice(0).flatMap(({ key, operation }) => (operation === 'DeleteObject' ? key : []));
      return keys.filter((key) => key.startsWith('scratch/')).length;
    };
    expect(asked()).toBe(0);
    await use((name) => manifests.tag(repo, readTag(name), manifest.digest, null), asked).finally(() => client.destroy());
  }

  it('once, before its first write under a condition, however many there are at once', async () => {
    await withS3Double({}, (double) =>
      asking(double, async (tag, asked) => {
        expect(await Promise.all(['one', 'two', 'three'].map(tag))).toEqual([true, true, true]);
        expect(asked()).toBe(1);
        expect(await tag('four')).toBe(true);
        expect(asked()).toBe(0);
      }),
    );
  });

  it('again, where it could not ask before', async () => {
    await withS3Double({}, (double) =>
      asking(double, async (tag, asked) => {
        double.plan({ operation: 'PutObject', key: /^scratch\//, fault: { kind: 'error', code: 'InternalError' } });
        await expect(tag('one')).rejects.toThrow(/InternalError/);
        expect(double.keys().filter((key) => key.includes('one'))).toEqual([]);
        asked();
        expect(await tag('one')).toBe(true);
        expect(asked()).toBe(1);
        expect(await tag('two')).toBe(true);
        expect(asked()).toBe(0);
      }),
    );
  });

  it('again, where the store did not keep to them', async () => {
    await withS3Double({ lacks: ['conditional puts'] }, (double) =>
      asking(double, async (tag, asked) => {
        for (const name of ['one', 'two']) {
          await expect(tag(name)).rejects.toThrow(/unsafeSingleWriter/);
          expect(asked()).toBe(1);
        }
      }),
    );
  });
});
