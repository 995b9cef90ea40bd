/** What `stowage serve` prints once it listens. */
import type { AddressInfo } from 'node:net';
import type { CliEnvironment } from './environment.ts';
import { version } from './help.ts';
import { bracketed, isLoopback } from './host.ts';
import { usesTokens } from './logins.ts';
import type { ServeArguments } from './parse-arguments.ts';
import type { Storage } from './storage.ts';

/** Tells people where the registry listens and what they should know of it. */
export type Greet = (address: AddressInfo, storage: Storage) => void;

/** Greets on the standard output, or on the other one where that is for the lines of a log. Warnings always go to the other one. */
export function createGreet(asked: ServeArguments, { stdout, stderr }: CliEnvironment): Greet {
  return (address, { place, warning }) => {
    (asked.log ? stderr : stdout).write(greeting(address, place, asked));
    const warnings = [warning, exposure(address, asked), eavesdropping(address, asked)].map((each) => each && `warning: ${each}`);
    for (const each of [...warnings, passingKey(asked)]) if (each !== undefined) stderr.write(`stowage: ${each}\n`);
  };
}

/** What a registry without logins means where other machines can reach it. */
function exposure({ address, port }: AddressInfo, { logins, options }: ServeArguments): string | undefined {
  if (isLoopback(address) || logins || options?.authorize) return undefined;
  return `other machines may reach ${bracketed(address)}:${port}, and there are no logins: whoever does can read and change everything; name those who may log in with --htpasswd, or put a proxy with logins before it`;
}

/** What logins without TLS mean there. A proxy that speaks it is known by what the options say of it. */
function eavesdropping({ address, port }: AddressInfo, { logins, tls, options }: ServeArguments): string | undefined {
  const isBehindTls = Boolean(options?.trustProxy) || options?.publicUrl?.startsWith('https:') === true;
  if (isLoopback(address) || !logins || tls || isBehindTls) return undefined;
  return `passwords and tokens come to ${bracketed(address)}:${port} without TLS, so that others on the way can read them; give a certificate with --tls-cert and --tls-key, or put a proxy with TLS before it and name it as trustProxy or publicUrl in the options of stowage.config.js`;
}

/** What it means that nobody has given a key for the tokens that are needed. */
function passingKey({ logins }: ServeArguments): string | undefined {
  if (!logins || !usesTokens(logins) || logins.tokenKey !== undefined) return undefined;
  return "tokens are signed with a key that was made now: they end with this process, and no other one on the same storage takes them; 'stowage token-key' prints a key to keep for --token-key";
}

/** The greeting. Scripts read its first line, `listening on HOST:PORT`, so it must not change; the rest is for people. */
function greeting({ address, port }: AddressInfo, place: string, { tls, logins }: ServeArguments): string {
  const registry = `${dialable(address)}:${port}`;
  return `listening on ${bracketed(address)}:${port}

stowage ${version} serves ${tls ? 'https' : 'http'}://${registry}/v2/
content lies in ${place}

push an image to it:
${logins ? `  docker login ${registry}\n` : ''}  docker tag busybox ${registry}/busybox && docker push ${registry}/busybox
  skopeo copy ${tls ? '' : '--dest-tls-verify=false '}oci:DIR docker://${registry}/NAME:TAG
`;
}

/** A host that clients on this machine can connect to, also if the server listens on all addresses. */
function dialable(address: string): string {
  return address === '0.0.0.0' || address === '::' ? 'localhost' : bracketed(address);
}
