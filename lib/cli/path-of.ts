/** The path of a request target, as it came: without its query, and without the origin that a proxy's form has (RFC 9112 section 3.2.2). */
export function pathOf(url = '/'): string {
  return url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)[0] ?? '';
}
