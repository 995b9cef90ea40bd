/** All deviations, by name, and in groups as a reader looks for them. */
import type { Deviation } from './deviation.ts';
import { failures } from './failures.ts';
import { form } from './form.ts';
import { legacy } from './legacy.ts';
import { logins } from './logins.ts';
import { manifests } from './manifests.ts';
import { replies } from './replies.ts';
import { transfers } from './transfers.ts';
import { words } from './words.ts';

export const groups = {
  Replies: replies,
  'Names, digests and ranges': words,
  Logins: logins,
  Errors: failures,
  'Manifests and tags': manifests,
  'Uploads and downloads': transfers,
  'The formats of 2014': legacy,
  'How the table is written': form,
} as const;

type Groups = typeof groups;
export type DeviationName = { [G in keyof Groups]: keyof Groups[G] }[keyof Groups];

export const deviations: Readonly<Record<DeviationName, Deviation>> = {
  ...replies,
  ...words,
  ...logins,
  ...failures,
  ...manifests,
  ...transfers,
  ...legacy,
  ...form,
};
