/** The certificate of `stowage serve`. */
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf, needed, StartError } from './start-error.ts';

/** Where a certificate and its key lie, in PEM. */
export interface TlsArguments {
  readonly certificate: string;
  readonly key: string;
}

/** Reads them. Throws a {@link StartError} where they cannot be read, or do not belong together. */
export async function readTls({ certificate, key }: TlsArguments): Promise<SecureContextOptions> {
  const options = { cert: await readPem('--tls-cert', certificate), key: await readPem('--tls-key', key) };
  try {
    createSecureContext(options);
  } catch (error) {
    throw new StartError(`${certificate} and ${key} are no certificate with its key: ${messageOf(error)}`);
  }
  return options;
}

const readPem = (flag: string, file: string): Promise<Buffer> => needed(`read the file of ${flag}`, () => readFile(file));
