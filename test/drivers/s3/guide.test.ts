/** docs/s3.md says what is so: its tables are those of the code, its policy is enough and not too much, its advice is about what really comes. */
import assert from 'node:assert/strict';
import { PutBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { s3Driver } from '../../../drivers/s3.ts';
import { withServer } from '../../../lib/testing/wire/serve.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { flows } from '../../support/s3/calls.ts';
import { type Action, startS3Double } from '../../support/s3/double.ts';
import { lifecycle, packages, policy, rowsBelow } from '../../support/s3/guide.ts';
import { allowing, life, needed } from '../../support/s3/life.ts';
import { look, mishaps } from '../../support/s3/mishaps.ts';

describe('docs/s3.md', () => {
  it('names the packages that the driver needs', () => {
    expect(packages).toEqual(Object.keys(manifest.peerDependencies).filter((name) => name.startsWith('@aws-sdk/')));
  });

  it('lists the options', () => {
    const listed = rowsBelow('Options').map(([name]) => name?.replaceAll('`', ''));
    expect(() => s3Driver({ bucket: 'b', nothing: 0 } as never)).toThrow(
      `there is no option 'nothing'; use ${listed.join(', ')}`,
    );
  });

  it('says what each flow costs', () => {
    expect(rowsBelow('Costs')).toEqual(flows.map(({ name, most }) => [name, String(most)]));
  });

  it('has a lifecycle rule that the SDK understands', async () => {
    let sent = '';
    const client = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
    client.middlewareStack.add(
      () =>
        async ({ request }) => {
          sent = String((request as { readonly body: unknown }).body);
          return { output: { $metadata: {} }, response: undefined };
        },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket: 'my-registry', LifecycleConfiguration: lifecycle }));
    expect(sent).toContain('<Filter><Prefix>data/</Prefix></Filter>');
    expect(sent).toContain('<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>');
  });
});

const actions = policy.Statement.flatMap(({ Action }) => Action) as readonly Action[];

describe('the policy of docs/s3.md', () => {
  it('is enough for a whole life', async () => {
    const logged = await allowing(actions, async (api, driver) => {
      for (const [name, run] of life) await assert.doesNotReject(async () => run(api, driver), name);
    });
    expect(logged).toEqual([]);
  });

  it('is of one bucket and its objects', () => {
    const resources = policy.Statement.map(({ Resource }) => Resource);
    expect(resources).toEqual(['arn:aws:s3:::my-registry/*', 'arn:aws:s3:::my-registry']);
  });

  it('has nothing that is not needed', () => {
    expect([...actions].sort()).toEqual(Object.keys(needed).sort());
  });

  it.each(actions)('lets something fail without %s, and the log says so', async (action) => {
    let failure = '';
    const others = actions.filter((each) => each !== action);
    const logged = await allowing(others, async (...given) => {
      await Promise.resolve(needed[action]?.(...given)).catch((error: unknown) => {
        failure = String(error);
      });
    });
    // Nobody asked for the sweep, and so nobody is answered.
    expect(failure).toMatch(action === 's3:ListBucketMultipartUploads' ? /^StorageFault: / : / gave 500/);
    expect(logged[0] ?? failure).toMatch(new RegExp(`AccessDenied: .* perform: ${action} \\(allow .*${action}`));
  });
});

/** Words of the store, of where it is and of what is in it. */
const secret = /amz|s3|bucket|storage|elsewhere|double|somebody|invalid|prefix|127\.0\.0\.1|repositories|denied|stack/i;

const rows = rowsBelow('When something is wrong').map(([said = '']) => said.replaceAll('`', ''));
describe('when something is wrong', () => {
  it('docs/s3.md says what to do about each of these', () => {
    expect(rows).toEqual(Object.keys(mishaps));
  });

  it.each(rows)('the log says %s, and clients are told nothing of it', async (said) => {
    const { double: rules, options, run = look, status = 500 } = mishaps[said] ?? expect.unreachable();
    const double = await startS3Double(rules);
    const { bucket, clientConfig } = double;
    const driver = s3Driver({ bucket, clientConfig, partSize: 5 * 1024 * 1024, ...(await options?.(double)) });
    const logged: string[] = [];
    const logger = { error: ({ err }: { err?: Error }) => void logged.push(String(err)), warn: () => {} };
    await withServer(driver, { logger }, async (origin) => {
      const reply = await run(origin, double);
      const told = `${Object.entries(reply.headers).join('\n')}${reply.body}`;
      expect(reply.status).toBe(status);
      expect(told).not.toMatch(secret);
      expect(told).toMatch(status === 503 ? /"UNAVAILABLE".*"service unavailable"/ : /"UNKNOWN".*"internal error"/);
    });
    await driver.close?.();
    await double.close();
    expect(logged).toEqual([expect.stringMatching(/^StorageFault: /)]);
    expect(logged[0]).toContain(said);
    expect(logged[0], 'it says what to do, or that will pass').toMatch(status === 503 ? said : /\(.*\)$|: use |let no rule /);
  });
});
