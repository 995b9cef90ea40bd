/** Base64 with one spelling for each value: what decodes to the same bytes in other letters is not taken. */

/** Decodes base64url without padding (RFC 7515 section 2); undefined if the text is not what encoding its value gives. */
export function readBase64Url(text: unknown): Buffer | undefined {
  return readCanonical(text, 'base64url');
}

/** Decodes base64 with padding (RFC 4648 section 4); undefined if the text is not what encoding its value gives. */
export function readBase64(text: unknown): Buffer | undefined {
  return readCanonical(text, 'base64');
}

function readCanonical(text: unknown, alphabet: 'base64' | 'base64url'): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, alphabet);
  return bytes.toString(alphabet) === text ? bytes : undefined;
}
