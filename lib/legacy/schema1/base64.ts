/** Canonical base64: of several texts that decode to the same bytes, only the one that encoding gives is accepted. */

/** Decodes base64url without padding (RFC 7515 section 2); undefined if the value is not canonical. */
export function readBase64Url(text: unknown): Buffer | undefined {
  return readCanonical(text, 'base64url');
}

/** Decodes base64 with padding (RFC 4648 section 4); undefined if the value is not canonical. */
export function readBase64(text: unknown): Buffer | undefined {
  return readCanonical(text, 'base64');
}

function readCanonical(text: unknown, alphabet: 'base64' | 'base64url'): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, alphabet);
  return bytes.toString(alphabet) === text ? bytes : undefined;
}
