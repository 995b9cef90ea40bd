/** What the published table lets a client of one's own write, and what must not compile. */
import { describe, expectTypeOf, it } from 'vitest';
import type { clientOf, Refusal } from '../../examples/typed-client.ts';
import type { ErrorCode } from '../../lib/api/errors.ts';

declare const call: ReturnType<typeof clientOf>;

describe('a client typed by the published table', () => {
  it('sends what the row of an operation declares', () => {
    const use = (body: Uint8Array<ArrayBuffer>): void => {
      void call('checkBase', {});
      void call('listTags', { name: 'a', n: 2 });
      void call('completeUpload', { use: 'nothing left', at: '/v2/a/blobs/uploads/x', digest: 'sha256:00' });
      // @ts-expect-error there is no such operation
      void call('paintBlob', { name: 'a' });
      // @ts-expect-error the path needs a digest
      void call('getBlob', { name: 'a' });
      // @ts-expect-error the query needs a digest
      void call('pushBlob', { name: 'a', body });
      // @ts-expect-error the use case needs a Content-Range
      void call('appendUpload', { use: 'chunk', name: 'a', upload: 'x', body });
      // @ts-expect-error the body is forgotten
      void call('pushBlob', { name: 'a', digest: 'sha256:00' });
      // @ts-expect-error nobody asked for a body
      void call('startUpload', { name: 'a', body });
      // @ts-expect-error there is no such use case
      void call('appendUpload', { use: 'trickle', name: 'a', upload: 'x', body });
      // @ts-expect-error it is not said which use case it is
      void call('getManifest', { name: 'a', reference: 'latest' });
      // @ts-expect-error only a push by digest has tags in its query
      void call('putManifest', { use: 'by tag', name: 'a', reference: 'b', tag: ['c'], body });
      // @ts-expect-error the row has no such parameter
      void call('listTags', { name: 'a', after: 'b' });
    };
    void use;
  });

  it('is told what the row promises', () => {
    expectTypeOf(call<'startUpload'>).returns.resolves.toEqualTypeOf<{
      readonly status: 202;
      readonly headers: {
        readonly Location: string;
        readonly Range: string;
        readonly 'Docker-Upload-UUID': string;
        readonly 'OCI-Chunk-Min-Length': string | undefined;
      };
      readonly body: undefined;
    }>();
    type Blob = Awaited<ReturnType<typeof call<'getBlob'>>>;
    expectTypeOf<Blob['status']>().toEqualTypeOf<200 | 206 | 304 | 307>();
    type Part = Extract<Blob, { status: 206; headers: { 'Content-Range': string } }>;
    expectTypeOf<Part['headers']['Content-Range']>().toEqualTypeOf<string>();
    expectTypeOf<Extract<Blob, { status: 307 }>['body']>().toEqualTypeOf<undefined>();
    type Tags = Awaited<ReturnType<typeof call<'listTags'>>>;
    expectTypeOf<Tags['body']['tags']>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Tags['headers']['Link']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Refusal['code']>().toEqualTypeOf<ErrorCode>();
  });
});
