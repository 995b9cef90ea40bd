/**
 * What can be seen to differ between a row and its place: that there is none, or one of another kind; a name, a path, the
 * word for what lies behind it, whether it is required; a status, whether there is a body, its media type; error codes
 * and their messages.
 */
export type Aspect =
  | 'place'
  | 'kind'
  | 'name'
  | 'path'
  | 'entity'
  | 'required'
  | 'status'
  | 'body'
  | 'type'
  | 'codes'
  | 'message';

/** A difference between the first table and the table of today. Its name says how things are now. */
export interface Deviation {
  /** What the first table said. */
  readonly was: string;
  /** What the table of today says. */
  readonly is: string;
  readonly reason: string;
  /** The section of a specification, or the version of the registry, that it comes from. */
  readonly source: string;
  /** What of its rows it changes; nothing where it is a meaning or a grammar that changed. */
  readonly changes: readonly Aspect[];
}

export type Deviations = Readonly<Record<string, Deviation>>;
