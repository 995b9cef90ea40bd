// @ts-check
/** docs/openapi.json in Swagger UI, behind a server of this machine. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { listen } from '../../support/server.ts';

const viewer = createRequire(import.meta.url);

/** All that the page may ask for. */
const files = {
  '/swagger-ui.css': { type: 'text/css', path: viewer.resolve('swagger-ui-dist/swagger-ui.css') },
  '/swagger-ui-bundle.js': { type: 'text/javascript', path: viewer.resolve('swagger-ui-dist/swagger-ui-bundle.js') },
  '/openapi.json': { type: 'application/json', path: new URL('../../../docs/openapi.json', import.meta.url) },
};

/** Every operation stands open, so that all that the document refers to has to be found. */
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>docs/openapi.json</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/swagger-ui.css">
<div id="viewer"></div>
<script src="/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '/openapi.json', dom_id: '#viewer', docExpansion: 'full', validatorUrl: null });</script>
</html>
`;

/** Serves the viewer. */
export async function serveViewer() {
  const { origin, close } = await listen(async ({ url = '/' }, response) => {
    const file = Object.entries(files).find(([path]) => path === url)?.[1];
    if (file) response.writeHead(200, { 'Content-Type': file.type }).end(await readFile(file.path));
    else if (url === '/') response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page);
    else response.writeHead(404).end();
  });
  return { url: `${origin}/`, close };
}
