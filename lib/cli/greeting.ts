/** What `stowage serve` prints once it listens. */
import type { AddressInfo } from 'node:net';
import type { CliEnvironment } from './environment.ts';
import { version } from './help.ts';
import type { ServeArguments } from './parse-arguments.ts';
import type { Storage } from './storage.ts';

/** Tells people where the registry listens and what they should know of it. */
export type Greet = (address: AddressInfo, storage: Storage) => void;

/** Greets on the standard output, or on the other one where that is for the lines of a log. Warnings always go to the other one. */
export function createGreet({ log, tls, options }: ServeArguments, { stdout, stderr }: CliEnvironment): Greet {
  return (address, { place, warning }) => {
    (log ? stderr : stdout).write(greeting(address, place, tls !== undefined));
    const exposed = options?.authorize ? undefined : exposure(address);
    for (const each of [warning, exposed]) if (each !== undefined) stderr.write(`stowage: warning: ${each}\n`);
  };
}

/** What a registry without logins means where other machines can reach it. */
function exposure({ address, port }: AddressInfo): string | undefined {
  if (/^(?:127\.|::1$|::ffff:127\.)/.test(address)) return undefined;
  return `other machines may reach ${bracketed(address)}:${port}, and there are no logins: whoever does can read and change everything; put a proxy with logins before it, or an authorize into the options of stowage.config.js`;
}

/** The greeting. Scripts read its first line, `listening on HOST:PORT`, so it must not change; the rest is for people. */
function greeting({ address, port }: AddressInfo, place: string, isSecure: boolean): string {
  const registry = `${dialable(address)}:${port}`;
  return `listening on ${bracketed(address)}:${port}

stowage ${version} serves ${isSecure ? 'https' : 'http'}://${registry}/v2/
content lies in ${place}

push an image to it:
  docker tag busybox ${registry}/busybox && docker push ${registry}/busybox
  skopeo copy ${isSecure ? '' : '--dest-tls-verify=false '}oci:DIR docker://${registry}/NAME:TAG
`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A host that clients on this machine can connect to, also if the server listens on all addresses. */
function dialable(address: string): string {
  return address === '0.0.0.0' || address === '::' ? 'localhost' : bracketed(address);
}
