/** The progress of a copy: a line that is written over on a terminal, and elsewhere a line for each blob and manifest. */
import type { CopyStep } from '../transfer/index.ts';
import type { Output } from './environment.ts';
import { clear, overwritten } from './progress.ts';

/** What is told of a copy. */
export interface Steps {
  step(step: CopyStep): void;
  /** No other step follows. */
  close(): void;
}

/** How often the line of a terminal is written over, in milliseconds. */
const everyMs = 100;

/** Shows the steps of a copy. */
export function stepsOn(output: Output): Steps {
  return output.isTTY ? oneLine(output) : linesOf(output);
}

function oneLine(output: Output): Steps {
  let [blobs, manifests, bytes] = [0, 0, 0];
  let shownAt = 0;
  return {
    step({ type, digest, size }) {
      if (type === 'bytes') bytes += size;
      else if (type === 'blob') blobs += 1;
      else manifests += 1;
      if (performance.now() - shownAt < everyMs) return;
      shownAt = performance.now();
      output.write(overwritten(output, `${manifests} manifests, ${blobs} blobs, ${megabytes(bytes)}  ${digest}`));
    },
    close: () => void output.write(clear),
  };
}

function linesOf(output: Output): Steps {
  return {
    step({ type, digest, size, present, tag }) {
      if (type === 'bytes') return;
      const words = present ? 'is there already' : megabytes(size);
      output.write(`${type} ${digest} ${words}${tag === undefined ? '' : `, as ${tag}`}\n`);
    },
    close: () => {},
  };
}

/** A number of bytes for people. */
export function megabytes(bytes: number): string {
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}
