/** The storage behind the matrix: every repository that is there holds the same content, and each call of the driver is noted. */
import { memoryDriver } from '../../../drivers/memory.ts';
import type { Driver } from '../../../lib/driver.ts';
import { createFetchHandler } from '../../../lib/fetch.ts';
import { digest, image } from '../../../lib/testing/exchanges/given.ts';
import { type Place, repositories } from './principals.ts';

/** What a request is about: something that is there, or not. */
export type Thing = 'there' | 'absent';

export const layer = 'layer';
export const manifest = image();
/** Bytes that are sent to uploads. */
export const chunk = 'rest';
/** What requests name, by whether it is there. Both tags have one length, as a refusal may repeat the one that was named. */
export const named = {
  there: { blob: digest(layer), manifest: digest(manifest), tag: 'latest' },
  absent: { blob: digest('no layer'), manifest: digest('no manifest'), tag: 'absent' },
} as const;

/** The repositories in which something is. */
export const filled = ['own', 'other', 'nested', 'prefix'] as const satisfies readonly Place[];
export const isFilled = (place: Place): boolean => filled.some((each) => each === place);

/** One call of the driver. */
export interface DriverCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** The storage. */
export interface World {
  readonly driver: Driver;
  /** The calls since it was last as it was made. */
  readonly calls: DriverCall[];
  /** The id of the upload that is under way in a repository. */
  readonly uploads: ReadonlyMap<Place, string>;
  /** Makes it as it was made. */
  restore(): void;
}

/** Makes the storage. */
export async function createWorld(): Promise<World> {
  const memory = memoryDriver();
  const uploads = new Map<Place, string>();
  const open = createFetchHandler(memory, { uploadExpiry: false });
  const send = async (method: string, path: string, status: number, body?: string): Promise<Response> => {
    const reply = await open(new Request(`http://registry/v2/${path}`, { method, ...(body !== undefined && { body }) }));
    if (reply.status !== status) throw new Error(`${method} ${path} gave ${reply.status}: ${await reply.text()}`);
    return reply;
  };
  for (const place of filled) {
    const name = repositories[place];
    for (const content of ['{}', layer]) await send('POST', `${name}/blobs/uploads/?digest=${digest(content)}`, 201, content);
    await send('PUT', `${name}/manifests/${named.there.tag}`, 201, manifest);
    const begun = await send('POST', `${name}/blobs/uploads/`, 202, '');
    uploads.set(place, begun.headers.get('docker-upload-uuid') ?? '');
  }
  const snapshot = memory.snapshot();
  const calls: DriverCall[] = [];
  return {
    driver: {
      ...memory,
      blobs: spied(memory.blobs, calls),
      uploads: spied(memory.uploads, calls),
      manifests: spied(memory.manifests, calls),
    },
    calls,
    uploads,
    restore: () => {
      // A request that did not reach it has changed nothing.
      if (calls.length > 0) memory.restore(snapshot);
      calls.length = 0;
    },
  };
}

/** A part of a driver whose calls are noted. */
function spied<Part extends object>(part: Part, calls: DriverCall[]): Part {
  return new Proxy(part, {
    get: (target, name, receiver) => {
      const value: unknown = Reflect.get(target, name, receiver);
      // Uploads are expired by the upkeep, for nobody's request.
      if (typeof value !== 'function' || name === 'expire') return value;
      return (...args: unknown[]) => {
        calls.push({ method: String(name), args });
        return Reflect.apply(value, target, args);
      };
    },
  });
}
