/**
 * The table as data, as Markdown, as an HTML page and as an OpenAPI document; and coverage.
 *
 * @module stowage/docs
 */
import { bodies } from '../api/bodies.ts';
import { errors } from '../api/errors.ts';
import { formats } from '../api/formats.ts';
import { pathParameters, queryParameters, requestHeaders, responseHeaders } from '../api/parameters.ts';
import { routes } from '../api/routes.ts';
import { type HtmlOptions, toHtml } from './html/page.ts';
import { policy } from './html/policy.ts';
import type { Json } from './json.ts';
import { toMarkdown } from './markdown.ts';
import { type OpenApiOptions, toOpenApi } from './openapi.ts';
import { reference } from './reference.ts';
import recorded from './samples.json' with { type: 'json' };
import type { Samples } from './samples.ts';

export type { ErrorEntry } from '../api/errors.ts';
export type { Operation } from '../api/infer.ts';
export type {
  FailureDescriptor,
  MethodDescriptor,
  RequestDescriptor,
  ResponseDescriptor,
  RouteDescriptor,
} from '../api/row-shapes.ts';
export { type Coverage, coverage, type Departure, type UseCase } from '../coverage/ledger.ts';
export type { Recorded } from '../coverage/seen.ts';
export type { RequestOf, ResponseOf } from './client-calls.ts';
export type { HtmlOptions } from './html/page.ts';
export type { Json } from './json.ts';
export type { OpenApiOptions } from './openapi.ts';

const samples: Samples = recorded;
const defaultTitle = 'API reference';

/**
 * The table itself, as data: the routes with their methods and use cases, and under the other keys the parameters, headers, formats,
 * bodies and error codes that they name. It is the table that the server runs on; do not change it.
 *
 * @example
 * import { descriptors } from 'stowage/docs';
 *
 * descriptors.routes.find(({ name }) => name === 'blob')?.path; // => '/v2/{name}/blobs/{digest}'
 */
export const descriptors = {
  routes,
  pathParameters,
  queryParameters,
  requestHeaders,
  responseHeaders,
  formats,
  bodies,
  errors,
} as const;

/**
 * The reference of the API as Markdown, as GitHub renders it, with recorded samples.
 *
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { markdown } from 'stowage/docs';
 *
 * await writeFile('api.md', markdown());
 */
export function markdown(): string {
  return toMarkdown(reference(samples, { title: defaultTitle, links: {} }).flatMap(({ blocks }) => blocks));
}

/**
 * The reference of the API as one HTML page that needs no other file. A string is its title.
 *
 * @example
 * import { createServer } from 'node:http';
 * import { contentSecurityPolicy, html } from 'stowage/docs';
 *
 * const page = html({ title: 'My registry', server: 'https://registry.example' });
 * const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': contentSecurityPolicy };
 * createServer((_, response) => response.writeHead(200, headers).end(page)).listen(5000, '127.0.0.1');
 */
export function html(options: string | HtmlOptions = {}): string {
  const { title = defaultTitle, links = {}, server, serverPath } = typeof options === 'string' ? { title: options } : options;
  const isHere = server === undefined && serverPath !== undefined;
  const asked = server ?? `http://127.0.0.1:5000${serverPath ?? ''}`;
  return toHtml({ title, server: asked, isHere }, reference(samples, { title, links }));
}

/**
 * The strictest `Content-Security-Policy` under which the page of {@link html} is whole. Where a policy forbids its script, the page
 * only lacks the buttons that copy samples.
 */
export const contentSecurityPolicy: string = policy;

/**
 * The API as an OpenAPI 3.1 document: a JSON value, to be served or written by `JSON.stringify`.
 *
 * @example
 * import { openapi } from 'stowage/docs';
 *
 * const pulls = openapi({ servers: ['https://registry.example'], operations: ['getManifest', 'getBlob'] });
 * console.log(JSON.stringify(pulls, undefined, 2));
 */
export function openapi(options: OpenApiOptions = {}): Json {
  return toOpenApi(samples, options);
}
