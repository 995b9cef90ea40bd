/** How much there is of something. */
import type { ItemKind } from '../driver.ts';

/** How many things, and how many bytes, about. */
export interface Amount {
  readonly blobs: number;
  readonly manifests: number;
  readonly bytes: number;
}

/** An amount that grows. */
export type Count = { -readonly [Name in keyof Amount]: Amount[Name] };

/** Nothing so far. */
export const none = (): Count => ({ blobs: 0, manifests: 0, bytes: 0 });

/** Counts one more of a kind, of so many bytes. */
export function add(count: Count, kind: ItemKind, bytes: number): void {
  count[kind === 'blob' ? 'blobs' : 'manifests']++;
  count.bytes += bytes;
}
