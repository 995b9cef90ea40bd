/** All hostile requests, by what is hostile in them. */
import { bodies, mediaTypes } from './bodies.ts';
import { ends, framings, methods, targets } from './framings.ts';
import { queries, ranges } from './queries.ts';
import type { Row } from './requests.ts';
import { digests, escaped, ids, names, oddNames, strangers, tags } from './values.ts';

export const corpus: Readonly<Record<string, readonly Row[]>> = {
  names,
  'escapes in paths': escaped,
  'names that are none of the API': oddNames,
  tags,
  digests,
  'upload ids': ids,
  'repositories of an upload': strangers,
  queries,
  ranges,
  bodies,
  'media types and codings': mediaTypes,
  methods,
  targets,
  framings,
  ends,
};
