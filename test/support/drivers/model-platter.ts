/**
 * What a loss of power leaves of a tree of files. Whoever changes the tree tells the platter; each change is pending until a
 * sync makes it durable. What is promised, and no more:
 *
 * - A sync of a file makes its content and size durable, and no name of it (POSIX; that ext4 saves the name of a new file too is
 *   not relied on). Until then each write and each truncation survives or not, by itself. Where a write does not survive, the
 *   size that it gave may, and there are zeros (delayed allocation).
 * - A sync of a directory makes durable which names it has, not that it is there itself: that is a name in its parent.
 * - A rename is one change, in effect in both directories or in neither (the journal of ext4 and of others). A sync of either
 *   directory thus makes it durable, with all that happened to the two names before.
 * - Other changes of names survive or not, each by itself and in no order. One that has nothing to be applied to, as an earlier
 *   one did not survive, is dropped.
 * - A sync that fails has done nothing, and the next one may do it all.
 */

/** A file, as processes see it and as it is on the platter. */
export interface FileNode {
  readonly kind: 'file';
  readonly number: number;
  content: Buffer;
  durable: Buffer;
  readonly writes: Set<Write>;
  changed: number;
}

/** A directory, as processes see it and as it is on the platter. */
export interface DirectoryNode {
  readonly kind: 'directory';
  readonly number: number;
  readonly names: Map<string, TreeNode>;
  readonly durable: Map<string, TreeNode>;
  /** What happened to each name and is not durable yet, in order. */
  readonly moves: Map<string, Set<Move>>;
  changed: number;
}

export type TreeNode = FileNode | DirectoryNode;

/** A name in a directory. */
export interface Place {
  readonly directory: DirectoryNode;
  readonly name: string;
}

/** A change of names: without `from` something new, without `to` a removal. */
interface Move {
  readonly node: TreeNode;
  readonly from?: Place;
  readonly to?: Place;
}

/** A change of content: bytes at a position or, without any, the size. */
interface Write {
  readonly file: FileNode;
  readonly position: number;
  readonly bytes?: Buffer;
}

/** The durable side of a tree. */
export interface Platter {
  readonly root: DirectoryNode;
  moved(move: Move): void;
  wrote(write: Write): void;
  /** Makes durable what the content of a file, or the names in a directory, are now. */
  sync(node: TreeNode): void;
  /** Makes the tree what is durable and what survives; each pending change is asked for, in order. */
  losePower(survives: () => boolean): void;
}

/** How long the machine is off, in milliseconds. */
const dark = 3_600_000;

const empty = Buffer.alloc(0);

/** How many files and directories there were; each has a number that no other has. */
let nodes = 0;

export const newFile = (): FileNode => ({
  kind: 'file',
  number: ++nodes,
  content: empty,
  durable: empty,
  writes: new Set(),
  changed: Date.now(),
});

export const newDirectory = (): DirectoryNode => ({
  kind: 'directory',
  number: ++nodes,
  names: new Map(),
  durable: new Map(),
  moves: new Map(),
  changed: Date.now(),
});

/** An empty tree. */
export function platter(): Platter {
  const root = newDirectory();
  const pending = new Set<Move | Write>();

  function saveMove(move: Move): void {
    if (!pending.delete(move)) return;
    for (const place of placesOf(move)) {
      for (const earlier of movesAt(place)) {
        if (earlier === move) break;
        saveMove(earlier);
      }
    }
    if (move.to === undefined && move.node.kind === 'directory') saveMovesIn(move.node);
    apply(move);
    for (const place of placesOf(move)) movesAt(place).delete(move);
  }

  function saveMovesIn(directory: DirectoryNode): void {
    for (const moves of directory.moves.values()) for (const move of [...moves]) saveMove(move);
    directory.moves.clear();
  }

  function saveWritesOf(file: FileNode): void {
    if (file.writes.size === 0) return;
    for (const write of file.writes) pending.delete(write);
    file.writes.clear();
    // Content is never changed in place.
    file.durable = file.content;
  }

  return {
    root,
    moved(move) {
      pending.add(move);
      for (const place of placesOf(move)) movesAt(place).add(move);
    },
    wrote(write) {
      pending.add(write);
      write.file.writes.add(write);
    },
    sync: (node) => (node.kind === 'file' ? saveWritesOf(node) : saveMovesIn(node)),
    losePower(survives) {
      for (const change of pending) {
        if ('file' in change) keepWrite(change, survives);
        else if (survives()) apply(change);
      }
      pending.clear();
      restore(root);
    },
  };
}

const placesOf = ({ from, to }: Move): Place[] => [from, to].filter((place) => place !== undefined);

function movesAt({ directory: { moves }, name }: Place): Set<Move> {
  const known = moves.get(name) ?? new Set();
  moves.set(name, known);
  return known;
}

/** Makes a change of names on the platter, if that can be. */
function apply({ node, from, to }: Move): void {
  if (from && from.directory.durable.get(from.name) !== node) return;
  if (!to && isFull(node)) return;
  const inTheWay = to?.directory.durable.get(to.name);
  if (inTheWay && (from === undefined || isFull(inTheWay) || inTheWay.kind !== node.kind)) return;
  from?.directory.durable.delete(from.name);
  to?.directory.durable.set(to.name, node);
}

const isFull = (node: TreeNode): boolean => node.kind === 'directory' && node.durable.size > 0;

/** Makes of a change of content what survives of it: all, its size, or nothing. */
function keepWrite({ file, position, bytes }: Write, survives: () => boolean): void {
  const before = file.durable;
  const end = position + (bytes?.length ?? 0);
  if (survives()) file.durable = bytes ? patched(before, position, bytes) : resized(before, position);
  else if (bytes && end > before.length) file.durable = survives() ? resized(before, end) : before;
}

/** Makes the tree what the platter says. */
function restore(node: TreeNode): void {
  node.changed -= dark;
  if (node.kind === 'file') {
    node.content = node.durable;
    node.writes.clear();
    return;
  }
  node.names.clear();
  node.moves.clear();
  for (const [name, child] of node.durable) {
    node.names.set(name, child);
    restore(child);
  }
}

/** The content with other bytes at a position. */
export function patched(content: Buffer, position: number, bytes: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(Math.max(content.length, position + bytes.length));
  whole.set(content);
  if (position > content.length) whole.fill(0, content.length, position);
  whole.set(bytes, position);
  return whole;
}

/** The content cut, or filled up with zeros. */
export function resized(content: Buffer, size: number): Buffer {
  return patched(content.subarray(0, size), size, empty);
}
