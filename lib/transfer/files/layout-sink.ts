/** Where the files of a layout are written. */
import type { ImageFiles } from './image-files.ts';

/** Takes the files of a layout, several at a time. */
export interface LayoutSink {
  readonly name: string;
  /** What is there already; undefined where it begins anew. */
  readonly files: ImageFiles | undefined;
  has(path: string, size: number): Promise<boolean>;
  /** Writes a file of so many bytes, no others. What throws leaves nothing at its path. */
  write(path: string, size: number, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
  /** Every file is written. */
  seal(): Promise<void>;
  /** No other file will be. */
  discard(): Promise<void>;
}
