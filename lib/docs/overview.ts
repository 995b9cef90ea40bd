/** The parts of the reference that the table does not have: the opening, and the rules that hold for every request. */
import { type Block, heading, list, text } from './blocks.ts';

/** How a reference begins. */
export interface Opening {
  readonly title: string;
  /** URLs by their labels. */
  readonly links: Readonly<Record<string, string>>;
}

/** The opening of the reference. */
export function opening({ title, links }: Opening): Block[] {
  const linked = Object.entries(links).map(([label, url]) => `[${label}](${url})`);
  return [
    heading(1, title, 'api'),
    text(
      'The OCI distribution specification 1.1, which is the Docker registry HTTP API V2 of today. This page is generated from the table that the server is compiled from; every sample is a request that was sent to it, and its reply.',
    ),
    ...(linked.length > 0 ? [text(linked.join(' · '))] : []),
  ];
}

/** The section about rules that hold for every request. */
export function generalRules(): Block[] {
  return [
    heading(2, 'What holds everywhere', 'everywhere'),
    list(
      '**Content is addressed by digest.** A blob or manifest is named by the hash of its bytes, so it never changes and can be cached for ever. A tag is a name that points at a manifest and may be moved.',
      '**URLs that the registry hands out** (`Location`, `Link`) are used as they are: in a sample that goes on with an upload, put the `Location` of the reply that you got. They may be relative, and what follows the path is for the registry alone.',
      '**Paths are sent without escapes**: no name, tag, digest or id needs any. A GET or HEAD with some is redirected to the plain path; any other method is refused.',
      '**HEAD** is answered as GET is, without the body.',
      '**Lists come in pages.** While there is a `Link` header with `rel="next"`, there is more; follow it until there is none.',
      '**Logins.** A request that may not be served without one is answered 401 with `WWW-Authenticate`; send it again with `Authorization`. `GET /v2/` is the request to try a login with.',
      '**Failures** are JSON with a code; the code, not the text, is what programs should look at.',
      '**Conditions.** `If-None-Match` on GET saves what the client has already. `If-Match` and `If-None-Match: *` on PUT and DELETE of a tag make sure that nobody else moved it meanwhile.',
      '**Interrupted uploads** go on: ask where the upload stands, and send the bytes after that.',
    ),
  ];
}
