/** `stowage serve --docs`: the reference of the API as a page, and the OpenAPI document, served beside the API. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegistryHandler, RegistryOptions } from '../index.ts';
import type { Answer } from './draining.ts';
import { version } from './help.ts';

/** A document, ready to be sent. */
interface Document {
  readonly type: string;
  /** The same for all who ask: of answers that nobody reads, each would hold a copy. */
  readonly bytes: Buffer;
  readonly policy: string;
}

/** The handler, with the documents outside of `/v2/`: the page at `/`, and `/openapi.json`. They say where the API is as the options do. */
export async function withDocuments(handler: RegistryHandler, options: RegistryOptions = {}): Promise<Answer> {
  // Imported on demand: without --docs, serving does not wait for it.
  const { contentSecurityPolicy, html, openapi } = await import('../docs/index.ts');
  const { mountPath = '', publicUrl = mountPath } = options;
  const title = `stowage ${version} API reference`;
  const links = { 'OpenAPI document': 'openapi.json', 'Registry at /v2/': `${publicUrl}/v2/` };
  const page = html({ title, links, server: options.publicUrl, serverPath: mountPath });
  const api = JSON.stringify(openapi(publicUrl === '' ? {} : { servers: [publicUrl] }));
  const documents: ReadonlyMap<string, Document> = new Map([
    ['/', { type: 'text/html; charset=utf-8', bytes: Buffer.from(page), policy: contentSecurityPolicy }],
    ['/openapi.json', { type: 'application/json', bytes: Buffer.from(api), policy: "default-src 'none'" }],
  ]);
  return (request, response) => handler(request, response, () => send(documents, request, response));
}

function send(documents: ReadonlyMap<string, Document>, { method, url = '/' }: IncomingMessage, response: ServerResponse): void {
  const document = documents.get(url.split('?', 1)[0] ?? '');
  if (document === undefined) refuse(response, 404, 'There is nothing here. The reference of the API is at /.\n');
  else if (method !== 'GET' && method !== 'HEAD')
    refuse(response, 405, 'Only GET and HEAD are allowed here.\n', { Allow: 'GET, HEAD' });
  else sendDocument(document, response);
}

function sendDocument({ type, bytes, policy }: Document, response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
  });
  // For HEAD, node:http drops the body.
  response.end(bytes);
}

function refuse(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}
