import type { Deviations } from './deviation.ts';

/** Who may do what. */
export const logins = {
  'Authorization is read on every request': {
    was: 'A header of some requests.',
    is: 'Read on every request; what a method asks of `authorize` is its `access`, without which it does not compile.',
    reason: 'A request that forgets to name the header must not be one that forgets to ask.',
    source: 'RFC 9110 section 11.6.2; registry 2.0.0',
    changes: ['kind'],
  },
  'a refusal has a code, a challenge and a body': {
    was: '401 without a code or a body, on some requests; on some without a challenge.',
    is: 'Every request: 401 `UNAUTHORIZED` with `WWW-Authenticate`, and 403 `DENIED` for a client that is known.',
    reason: 'A client has to learn how to log in, and whether that would help.',
    source: 'RFC 9110 section 15.5.2; distribution specification 1.1, "Error Codes" (code-11, code-12); registry 2.2.0',
    changes: ['codes'],
  },
  'a challenge says what it is about': {
    was: '`<scheme> realm="<realm>", …` with the parameter `scopes`.',
    is: 'What `authorize` answers, one header for each challenge, such as `Bearer realm="…",service="…",scope="…"` or `Basic realm="…"`.',
    reason: 'Clients of token services read `scope`.',
    source: 'RFC 9110 section 11.6.1; RFC 6750 section 3',
    changes: [],
  },
} as const satisfies Deviations;
