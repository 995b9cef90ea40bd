/** All rows of the first table, in its order. */
import type { Row, Rows } from '../row.ts';
import { base } from './base.ts';
import { blob } from './blob.ts';
import { claims } from './claims.ts';
import { errors } from './errors.ts';
import { manifest } from './manifest.ts';
import { tags } from './tags.ts';
import { types } from './types.ts';
import { upload } from './upload.ts';
import { uploads } from './uploads.ts';
import { words } from './words.ts';

/** The rows in groups, as a reader looks for them. */
export const rowGroups: Readonly<Record<string, Rows>> = {
  'What was said of it': claims,
  Base: base,
  Tags: tags,
  Manifest: manifest,
  Blob: blob,
  'Start of an upload': uploads,
  'An upload in progress': upload,
  'Error codes': errors,
  Words: words,
  Types: types,
};

/** A row with its id. */
export type Entry = readonly [id: string, row: Row];

export const entries: readonly Entry[] = Object.values(rowGroups).flatMap((rows): Entry[] => Object.entries(rows));

/** Whether a row is one of the table itself, and not a claim, a word, a type or a comment that it is made of. */
export const isOfTheTable = ([id]: Entry): boolean => /^SEED-(R|E-)/.test(id) && !id.endsWith('-TODO');
