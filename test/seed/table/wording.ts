/** Rows and places in words, for the document. */
import type { Inline } from '../../../lib/docs/blocks.ts';
import { idOf } from '../../../lib/docs/blocks.ts';
import type { Place } from './place.ts';
import { obligationsOf } from './resolving.ts';
import type { Was } from './row.ts';

const code = (word: string): Inline => `\`${word}\``;
const must = (required: boolean | undefined): string => (required ? ', required' : '');

/** What a row of the first table said. */
export function said(was: Was): Inline {
  if (was.says !== undefined) return was.says;
  if (was.route !== undefined) return `${was.entity}: ${code(was.path)}`;
  if (was.method !== undefined) return code(was.method);
  if (was.request !== undefined) return was.request || 'request';
  if (was.path !== undefined) return `in the path: ${code(was.path)}`;
  if (was.query !== undefined) return `in the query: ${code(was.query)}${must(was.required)}`;
  if (was.header !== undefined) return `header: ${code(was.header)}${must(was.required)}`;
  if (was.body !== undefined) return `body: ${code(was.body)}`;
  if (was.success !== undefined) return `${was.success}`;
  if (was.failure !== undefined)
    return `${was.failure} ${was.codes.length === 0 ? 'without a code' : was.codes.map(code).join(', ')}`;
  if (was.replyHeader !== undefined) return `with ${code(was.replyHeader)}`;
  if (was.replyBody !== undefined) return `with ${code(was.replyBody)}`;
  if (was.type !== undefined) return code(was.field === undefined ? was.type : `${was.type}.${was.field}`);
  return `${code(was.error)}, ${was.statuses.join(' or ') || 'any status'}: ${was.message}`;
}

/** Where it is today, as links. */
export function places(at: readonly Place[]): Inline {
  return at.length === 0 ? 'nowhere' : at.map(link).join('<br>');
}

function link(place: Place): Inline {
  const of = place.request ?? place.of;
  if (of !== undefined) return `[${inUseCase(place)}](api.md#${idOf('request', of)})`;
  if (place.route !== undefined) return `[route ${code(place.route)}](api.md#${idOf('route', place.route)})`;
  if (place.on !== undefined) return `[${code(place.method)}](api.md#${idOf('route', place.on)})`;
  if (place.error !== undefined) return `[${code(place.error)}](api.md#${idOf('error', place.error)})`;
  if (place.format !== undefined) return `[format ${code(place.format)}](api.md#${idOf('format', place.format)})`;
  if (place.type !== undefined) return code(place.field === undefined ? place.type : `${place.type}.${place.field}`);
  if (place.module !== undefined) return `[${code(place.exports)}](../${place.module})`;
  return place.file === undefined ? code(`npm run ${place.script}`) : `[${code(place.file)}](../${place.file})`;
}

/** A place in a use case; a reply as the coverage of the tests has it. */
function inUseCase(place: Place): string {
  const { of, path, query, header, body, access, replyBody } = place;
  const [reply, asHead] = obligationsOf(place);
  const part = path ?? query ?? header;
  if (part !== undefined) return `${of}: ${code(part)}`;
  if (body !== undefined) return `${of}: its body`;
  if (access !== undefined) return `${of}: asks for ${code(access)}`;
  if (reply === undefined) return `${place.request}${place.as === undefined ? '' : ` as ${place.as}`}`;
  return `${reply}${replyBody === undefined ? '' : ', its body'}${asHead === undefined ? '' : ' as HEAD'}`;
}
