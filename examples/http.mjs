/** A registry in a plain Node server: node examples/http.mjs */
import { createServer } from 'node:http';
import { createRegistryHandler } from 'stowage';
import { fsDriver } from 'stowage/drivers/fs';

const server = createServer(createRegistryHandler(fsDriver({ root: './data' })));
// By default Node ends every request after five minutes, however lively its upload is.
server.requestTimeout = 0;
server.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
