/** `stowage serve --docs`: the reference of the API as a page, and the OpenAPI document, served beside the API. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { RegistryHandler } from '../index.ts';
import type { Answer } from './draining.ts';
import { version } from './help.ts';

/** A document, and how it is written for who asks. */
interface Document {
  readonly type: string;
  readonly write: (request: IncomingMessage) => string;
  readonly policy: string;
}

/**
 * The handler, with the documents outside of `/v2/`: the page at `/`, and `/openapi.json`. The commands of the page ask the registry
 * at `publicUrl` or, without one, where the reader found the page.
 */
export async function withDocuments(handler: RegistryHandler, publicUrl?: string): Promise<Answer> {
  // Imported on demand: without --docs, serving does not wait for it.
  const { contentSecurityPolicy, html, openapi } = await import('../docs/index.ts');
  const title = `stowage ${version} API reference`;
  const links = { 'OpenAPI document': '/openapi.json', 'Registry at /v2/': '/v2/' };
  const api = JSON.stringify(openapi());
  const page = html({ title, links, server: publicUrl ?? somewhere });
  const documents: ReadonlyMap<string, Document> = new Map([
    [
      '/',
      {
        type: 'text/html; charset=utf-8',
        // The page takes tens of milliseconds to write, so that each reader gets the same, with another host in it.
        write: (request: IncomingMessage) =>
          publicUrl === undefined ? page.replaceAll(somewhere, siteOf(request) ?? somewhere) : page,
        policy: contentSecurityPolicy,
      },
    ],
    ['/openapi.json', { type: 'application/json', write: () => api, policy: "default-src 'none'" }],
  ]);
  return (request, response) => handler(request, response, () => send(documents, request, response));
}

/** Where the commands of the page go until it is known where its reader has it from. */
const somewhere = 'http://127.0.0.1:5000';

/** Scheme and host of the URL that was asked for; undefined if the client did not say, or if they would not be one word of a shell. */
function siteOf({ headers: { host = '' }, socket }: IncomingMessage): string | undefined {
  const isPlain = /^(?:[\w.-]+|\[[\d:A-Fa-f]+\])(?::\d+)?$/.test(host);
  return isPlain ? `${socket instanceof TLSSocket ? 'https' : 'http'}://${host}` : undefined;
}

function send(documents: ReadonlyMap<string, Document>, request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '/' } = request;
  const document = documents.get(url.split('?', 1)[0] ?? '');
  if (document === undefined) refuse(response, 404, 'There is nothing here. The reference of the API is at /.\n');
  else if (method !== 'GET' && method !== 'HEAD')
    refuse(response, 405, 'Only GET and HEAD are allowed here.\n', { Allow: 'GET, HEAD' });
  else sendDocument(document, request, response);
}

function sendDocument({ type, write, policy }: Document, request: IncomingMessage, response: ServerResponse): void {
  const bytes = Buffer.from(write(request));
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
