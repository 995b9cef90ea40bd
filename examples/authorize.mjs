/** Everybody may pull, one user may push and delete: node examples/authorize.mjs */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { createRegistryHandler } from 'stowage';
import { memoryDriver } from 'stowage/drivers/memory';

const hash = (text) => createHash('sha256').update(text).digest();
const ann = hash(`ann:${process.env.PASSWORD ?? 'secret'}`);

/** @type {import('stowage').Authorize} */
function authorize(_ask, credentials) {
  const isAnn = credentials.scheme === 'basic' && timingSafeEqual(hash(`${credentials.username}:${credentials.password}`), ann);
  const isPull = (need) => need.actions?.every((action) => action === 'pull') === true;
  if (isAnn) return { subject: 'ann', may: () => true };
  return { challenges: ['Basic realm="registry"'], may: isPull };
}

const server = createServer(createRegistryHandler(memoryDriver(), { authorize }));
server.requestTimeout = 0;
server.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
