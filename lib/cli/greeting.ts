/** The text that `stowage serve` prints once it listens. */
import type { AddressInfo } from 'node:net';
import { version } from './help.ts';

/** The greeting. Scripts read its first line, `listening on HOST:PORT`, so it must not change; the rest is for people. */
export function greeting({ address, port }: AddressInfo, place: string): string {
  const registry = `${dialable(address)}:${port}`;
  return `listening on ${bracketed(address)}:${port}

stowage ${version} serves http://${registry}/v2/
content lies in ${place}

push an image to it:
  docker tag busybox ${registry}/busybox && docker push ${registry}/busybox
  skopeo copy --dest-tls-verify=false oci:DIR docker://${registry}/NAME:TAG
`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A host that clients on this machine can connect to, also if the server listens on all addresses. */
function dialable(address: string): string {
  return address === '0.0.0.0' || address === '::' ? 'localhost' : bracketed(address);
}
