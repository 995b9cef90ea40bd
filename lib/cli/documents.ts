/** `stowage serve --docs`: the reference of the API as a page, and the OpenAPI document, served beside the API. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegistryHandler } from '../index.ts';
import type { Answer } from './draining.ts';

/** A document, ready to be sent. */
interface Document {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The handler, with the documents outside of `/v2/`: the page at `/`, and `/openapi.json`. */
export async function withDocuments(handler: RegistryHandler): Promise<Answer> {
  // Imported on demand: without --docs, serving does not wait for it.
  const { html, openapi } = await import('../docs/index.ts');
  const documents: ReadonlyMap<string, Document> = new Map([
    ['/', { type: 'text/html; charset=utf-8', bytes: Buffer.from(html()) }],
    ['/openapi.json', { type: 'application/json', bytes: Buffer.from(JSON.stringify(openapi())) }],
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

function sendDocument({ type, bytes }: Document, response: ServerResponse): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': bytes.length,
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    'X-Content-Type-Options': 'nosniff',
  });
  // For HEAD, node:http drops the body.
  response.end(bytes);
}

function refuse(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}
