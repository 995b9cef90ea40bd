/** Bodies of several parts held against RFC 9110, section 14.6: where they depart from it. */
import { formats } from '../api/formats.ts';

const contentRange = new RegExp(formats.contentRange.pattern);

/** What is wrong with a body that was sent as `multipart/byteranges`, one line of text for each objection; empty if nothing is. */
export function wrongParts(type: string, body: Uint8Array): string[] {
  const [, boundary] = /^multipart\/byteranges; boundary=([\w'()+,./:=?-]{1,70})$/.exec(type) ?? [];
  if (boundary === undefined) return [`its Content-Type is ${type}, and names no boundary`];
  const text = `\r\n${Buffer.from(body).toString('latin1')}`;
  const [preamble, ...parts] = text.split(`\r\n--${boundary}`);
  if (preamble !== '' || parts.pop() !== '--\r\n') return ['its parts do not begin and end with the boundary'];
  if (parts.length < 2) return [`it has ${parts.length} parts, where it must have several`];
  return parts.flatMap((part, index) => wrongPart(part).map((objection) => `its part ${index + 1} ${objection}`));
}

function wrongPart(part: string): string[] {
  const end = part.indexOf('\r\n\r\n');
  const head = part.slice(0, end);
  const range = /\r\nContent-Range: ([^\r]*)/.exec(head)?.[1] ?? '';
  if (end < 0 || !contentRange.test(range)) return ['has no well-formed Content-Range'];
  const [first = 0, last = 0] = range.match(/[0-9]+/g)?.map(Number) ?? [];
  const length = part.length - end - 4;
  return [
    ...(/\r\nContent-Type: [^\r]+/.test(head) ? [] : ['has no Content-Type']),
    ...(length === last - first + 1 ? [] : [`has ${length} bytes, and its Content-Range is ${range}`]),
  ];
}
