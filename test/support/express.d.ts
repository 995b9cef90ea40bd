/** As much of Express as the tests use. */
declare module 'express' {
  import type { IncomingMessage, Server, ServerResponse } from 'node:http';

  interface Response extends ServerResponse {
    send(body: string): Response;
  }
  type Listener = (request: IncomingMessage, response: Response, next: () => void) => unknown;
  interface Application {
    (request: IncomingMessage, response: ServerResponse): void;
    use(...listeners: Listener[]): Application;
    use(path: string, ...listeners: Listener[]): Application;
    get(path: string, listener: Listener): Application;
    post(path: string, listener: Listener): Application;
    listen(port: number, host: string): Server;
  }
  interface Parsing {
    readonly type?: string;
    readonly limit?: string;
  }
  type Parser = (options?: Parsing) => Listener;
  const express: { (): Application; json: Parser; raw: Parser; text: Parser };
  export = express;
}

/** Compression as a middleware of Express. */
declare module 'compression' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  const compression: () => (request: IncomingMessage, response: ServerResponse, next: () => void) => unknown;
  export = compression;
}
