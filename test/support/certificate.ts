/** A certificate for a test, made by the command that docs/testing.md gives. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8');
const [, command = ''] = /`(openssl req [^`]+)`/.exec(page) ?? [];

/** Makes `key.pem` and `cert.pem` in a folder, for `localhost` and `127.0.0.1`; gives what is in them, and where they lie. */
export function makeCertificate(folder: string) {
  execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'ignore' });
  const paths = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  return { paths, key: readFileSync(paths.key), cert: readFileSync(paths.cert) };
}
