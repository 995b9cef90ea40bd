/** What must not compile. Each line below an expected error is a mistake that the table's types catch. */
import { createServer, type Server } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import { describe, expectTypeOf, it } from 'vitest';
import type { Digest, RepositoryName, Tag, Tarsum } from '../../lib/api/formats.ts';
import type { ParamsOf, ReplyOf } from '../../lib/api/infer.ts';
import type { MethodDescriptor, RouteDescriptor } from '../../lib/api/row-shapes.ts';
import type { Call, Handler, Handlers } from '../../lib/call.ts';
import type { commands } from '../../lib/cli/flags.ts';
import type { OpenApiOptions } from '../../lib/docs/index.ts';
import type { Driver } from '../../lib/driver.ts';
import { createFetchHandler, type FetchContext } from '../../lib/fetch.ts';
import { createRegistryHandler } from '../../lib/index.ts';
import { operations } from '../../lib/operations/index.ts';
import type { ServeConfig } from '../../lib/options/serve-config.ts';
import type { UrlBuilder } from '../../lib/routing/url.ts';

declare const driver: Driver;
declare const name: RepositoryName;
declare const url: UrlBuilder;

describe('operations', () => {
  it('are all there, and no others', () => {
    const { checkBase: _, ...rest } = operations;
    // @ts-expect-error a handler is missing
    const missing: Handlers = rest;
    // @ts-expect-error a handler that the table does not ask for
    const stray: Handlers = { ...operations, paintBlob: async () => ({ status: 200 }) } satisfies Handlers;
    expectTypeOf(missing).toEqualTypeOf<Handlers>();
    expectTypeOf(stray).toEqualTypeOf<Handlers>();
  });

  it('reply with what their rows declare', () => {
    // @ts-expect-error the required header Docker-Content-Digest is forgotten
    const headerForgotten: ReplyOf<'pushBlob'> = { status: 201, headers: { Location: '/' } };
    // @ts-expect-error 200 is not in the table
    const otherStatus: ReplyOf<'cancelUpload'> = { status: 200 };
    // @ts-expect-error the body is forgotten
    const bodyForgotten: ReplyOf<'checkBase'> = { status: 200 };
    // @ts-expect-error nobody asked for a body
    const bodyUnasked: ReplyOf<'deleteTag'> = { status: 202, body: {} };
    // @ts-expect-error a header that the row does not declare
    const otherHeader: ReplyOf<'deleteTag'> = { status: 202, headers: { Location: '/' } };
    void [headerForgotten, otherStatus, bodyForgotten, bodyUnasked, otherHeader];
  });

  it('refuse with what their rows declare', () => {
    const refuse = (tags: Call<'listTags'>, blob: Call<'getBlob'>, append: Call<'appendUpload'>): void => {
      tags.error('NAME_UNKNOWN');
      // @ts-expect-error the row does not declare this code
      tags.error('BLOB_UNKNOWN');
      // @ts-expect-error there is no such code
      tags.error('NAME_FORGOTTEN');
      // @ts-expect-error the row declares 416 and its Content-Range with this code
      blob.error('SIZE_INVALID');
      // @ts-expect-error the row asks for headers with this code
      append.error('BLOB_UPLOAD_INVALID');
    };
    void refuse;
  });

  it('are given parsed parameters of their own, and no others', () => {
    expectTypeOf<ParamsOf<'listTags'>['path']['name']>().toEqualTypeOf<RepositoryName>();
    expectTypeOf<ParamsOf<'deleteTag'>['path']['reference']>().toEqualTypeOf<Tag>();
    expectTypeOf<ParamsOf<'deleteManifest'>['path']['reference']>().toEqualTypeOf<Digest>();
    expectTypeOf<ParamsOf<'pushBlob'>['query']['digest']>().toEqualTypeOf<Digest | Tarsum>();
    expectTypeOf<ParamsOf<'listReferrers'>['path']['digest']>().toEqualTypeOf<Digest>();
    expectTypeOf<ParamsOf<'listTags'>['query']>().toEqualTypeOf<{ readonly n?: number; readonly last?: string }>();
    const use: Handler<'listTags'> = async (call) => {
      // @ts-expect-error the path has no digest
      void call.path.digest;
      // @ts-expect-error the row has no body
      call.body.read();
      return { status: 200, headers: {}, body: { name: call.path.name, tags: [] } };
    };
    void use;
  });

  it('tell their use cases apart', () => {
    const put = (call: Call<'putManifest'>): void => {
      if (call.use === 'by digest') expectTypeOf(call.path.reference).toEqualTypeOf<Digest>();
      else expectTypeOf(call.path.reference).toEqualTypeOf<Tag>();
      // @ts-expect-error only a push by digest has tags in its query
      if (call.use === 'by tag') void call.query.tag;
    };
    void put;
  });
});

describe('drivers', () => {
  it('take no plain strings', () => {
    const use = (): void => {
      // @ts-expect-error a digest that nobody checked
      void driver.blobs.get(name, 'sha256:00');
      // @ts-expect-error a name that nobody checked
      void driver.manifests.tags('../etc', { limit: 1 });
    };
    void use;
  });
});

describe('the table', () => {
  it('has an access for each method', () => {
    // @ts-expect-error no access
    const method: MethodDescriptor = { method: 'GET', requests: [] };
    // @ts-expect-error HEAD is not written down
    const head: MethodDescriptor = { method: 'HEAD', access: 'pull', requests: [] };
    // @ts-expect-error not below /v2/
    const path: Pick<RouteDescriptor, 'path'> = { path: '/v1/' };
    void [method, head, path];
  });
});

describe('URLs', () => {
  it('are built from the parameters of their route', () => {
    const build = (): void => {
      url('tags', { name });
      // @ts-expect-error the route needs a name
      url('tags', {});
      // @ts-expect-error there is no such route
      url('paintings', { name });
      // @ts-expect-error a name that nobody checked
      url('tags', { name: 'a' });
    };
    void build;
  });
});

describe('an OpenAPI document', () => {
  it('is of operations of the table', () => {
    const some: OpenApiOptions = { operations: ['getBlob'] };
    // @ts-expect-error there is no such operation
    const other: OpenApiOptions = { operations: ['getBlobs'] };
    void [some, other];
  });
});

describe('the configuration of the command', () => {
  it('has its flags, and the options of the registry', () => {
    type Flags = Exclude<keyof (typeof commands)['serve']['flags'], 'config'>;
    expectTypeOf<Exclude<keyof ServeConfig, 'options'>>().toEqualTypeOf<Flags>();
  });
});

describe('a mount', () => {
  it('is typed for servers of HTTP/1 and of HTTP/2', () => {
    expectTypeOf(createRegistryHandler(driver).attach<Server | Http2SecureServer>).toBeFunction();
    createServer((request, response) => createRegistryHandler(driver)(request, response, <E extends Error>(_error?: E) => {}));
  });

  it('for fetch tells where undefined may come', () => {
    const registry = createFetchHandler(driver);
    const request = new Request('http://registry/v2/');
    const context: FetchContext = {};
    expectTypeOf(registry(request)).toEqualTypeOf<Promise<Response>>();
    expectTypeOf(registry(request, { remoteAddress: '192.0.2.1' })).toEqualTypeOf<Promise<Response>>();
    expectTypeOf(registry(request, { passOn: true })).toEqualTypeOf<Promise<Response | undefined>>();
    expectTypeOf(registry(request, { passOn: Math.random() > 0.5 })).toEqualTypeOf<Promise<Response | undefined>>();
    expectTypeOf(registry(request, context)).toEqualTypeOf<Promise<Response | undefined>>();
    expectTypeOf(registry(request, { params: { path: ['v2'] } })).toEqualTypeOf<Promise<Response>>();
    expectTypeOf(registry).toExtend<(request: Request, server: { requestIP(request: Request): null }) => Promise<Response>>();
    expectTypeOf(registry.fetch).toExtend<(request: Request) => Response | Promise<Response>>();
  });
});
