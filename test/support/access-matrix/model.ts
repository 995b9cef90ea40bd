/**
 * What each cell of the matrix has to be, computed from what the operation needs. It is written down once more here, beside the
 * table, so that a change of the table alone is seen; a new operation has to be written down before this compiles.
 */
import type { Action } from '../../../lib/access/authorize.ts';
import type { Operation } from '../../../lib/api/infer.ts';
import type { Access } from '../../../lib/api/row-shapes.ts';
import { type Place, type Principal, repositories } from './principals.ts';
import { filled, isFilled, type Thing } from './world.ts';

/** One cell: who asks for what. */
export interface Cell {
  readonly operation: Operation;
  readonly use: string | undefined;
  readonly principal: Principal;
  readonly place: Place;
  readonly source: Place | undefined;
}

/** What an operation needs, and the statuses of its replies: about what is there, and about what is not. */
interface Meaning {
  readonly needs: Access;
  readonly there: number;
  readonly absent: number;
  /** The statuses in a repository that holds nothing yet, where it is not that of what is absent. */
  readonly fresh?: number;
}

const meanings: Readonly<Record<Operation, Meaning>> = {
  checkBase: { needs: 'none', there: 200, absent: 200 },
  listRepositories: { needs: 'catalog', there: 200, absent: 200 },
  listTags: { needs: 'pull', there: 200, absent: 200, fresh: 404 },
  getManifest: { needs: 'pull', there: 200, absent: 404 },
  putManifest: { needs: 'push', there: 201, absent: 400 },
  deleteManifest: { needs: 'delete', there: 202, absent: 404 },
  deleteTag: { needs: 'delete', there: 202, absent: 404 },
  getBlob: { needs: 'pull', there: 200, absent: 404 },
  deleteBlob: { needs: 'delete', there: 202, absent: 404 },
  mountBlob: { needs: 'push', there: 202, absent: 202 },
  pushBlob: { needs: 'push', there: 201, absent: 201 },
  startUpload: { needs: 'push', there: 202, absent: 202 },
  getUpload: { needs: 'push', there: 204, absent: 404 },
  appendUpload: { needs: 'push', there: 202, absent: 404 },
  completeUpload: { needs: 'push', there: 201, absent: 404 },
  cancelUpload: { needs: 'push', there: 204, absent: 404 },
  listReferrers: { needs: 'pull', there: 200, absent: 200 },
};

const actionsOf: Readonly<Record<Exclude<Access, 'none' | 'catalog'>, readonly Action[]>> = {
  pull: ['pull'],
  push: ['pull', 'push'],
  delete: ['delete'],
};

const mayAll = ({ actions }: Principal, place: Place, needed: readonly Action[]): boolean =>
  needed.every((action) => actions[place]?.includes(action));

/** Whether the request is served. */
export function isGranted({ operation, principal, place }: Cell): boolean {
  const { needs } = meanings[operation];
  if (needs === 'none') return principal.standing !== 'nobody';
  if (needs === 'catalog') return principal.catalog;
  return mayAll(principal, place, actionsOf[needs]);
}

/** The status of the reply. */
export function statusOf(cell: Cell, thing: Thing): number {
  const { there, absent, fresh = absent } = meanings[cell.operation];
  if (!isGranted(cell)) return cell.principal.standing === 'known' ? 403 : 401;
  if (isMounted(cell, thing)) return 201;
  if (meanings[cell.operation].needs === 'none' || meanings[cell.operation].needs === 'catalog') return there;
  if (!isFilled(cell.place)) return fresh;
  return thing === 'there' ? there : absent;
}

/** Whether a mount takes the blob over: from a repository that it names, that has it, and that the client may pull from. */
function isMounted({ operation, principal, source }: Cell, thing: Thing): boolean {
  if (operation !== 'mountBlob' || source === undefined || thing === 'absent') return false;
  return isFilled(source) && mayAll(principal, source, ['pull']);
}

/** The names in the catalog of somebody who may look at it. */
export const catalogOf = (principal: Principal): readonly string[] =>
  filled.filter((place) => mayAll(principal, place, ['pull'])).map((place) => repositories[place]);

/** Whether a call of the driver may name this repository for somebody. */
export const mayTouch = (principal: Principal, place: Place | undefined): boolean =>
  place !== undefined && (principal.actions[place]?.length ?? 0) > 0;
