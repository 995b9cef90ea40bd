/** What a check of the probe is: something done to a bucket, and the answer that S3 gives. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** A bucket to ask. */
export interface Place {
  readonly client: S3Client;
  readonly bucket: string;
  /** A client that differs in something. */
  clientWith(config: S3ClientConfig): S3Client;
}

/** Plain data: statuses, error codes, what does not change between runs. */
export type Answer = unknown;

export interface Check {
  /** Also the directory of its keys. */
  readonly name: string;
  /** Asks, with keys that begin with `at`. */
  run(place: Place & { readonly at: string }): Promise<Answer>;
  readonly answer: Answer;
  /** How the real server that the probe is run on answers otherwise. */
  readonly differs?: string;
}

/** A check, asked. */
export function ask(check: Check, place: Place): Promise<Answer> {
  return check.run({ ...place, at: `${check.name.replaceAll(/\W+/g, '-')}/` });
}

/** Opens a place. */
export function placeAt({ clientConfig, bucket }: { readonly clientConfig: S3ClientConfig; readonly bucket: string }): Place {
  const clientWith = (config: S3ClientConfig) => new S3Client({ ...clientConfig, maxAttempts: 1, ...config });
  return { client: clientWith({}), bucket, clientWith };
}

/** The status that a call was answered with, or its error's status and code. */
export async function outcome(
  call: Promise<{ readonly $metadata: { readonly httpStatusCode?: number | undefined } }>,
): Promise<string> {
  try {
    return String((await call).$metadata.httpStatusCode);
  } catch (error) {
    const { name, $metadata } = error as { readonly name: string; readonly $metadata?: { readonly httpStatusCode?: number } };
    return `${$metadata?.httpStatusCode ?? 'none'} ${name}`;
  }
}

/** What several calls were answered with, one after the other. */
export async function outcomes(calls: readonly (() => Parameters<typeof outcome>[0])[]): Promise<string[]> {
  const all: string[] = [];
  for (const call of calls) all.push(await outcome(call()));
  return all;
}
