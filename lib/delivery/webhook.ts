/** A sink that POSTs events: CloudEvents HTTP protocol binding 1.0.2, signed as Standard Webhooks has it. */
import { createHmac } from 'node:crypto';
import { type Check, callable, isObject, matching, oneOf } from '../checks/check.ts';
import { type OptionRules, parseOptions } from '../checks/options.ts';
import type { CloudEvent } from './cloud-event.ts';
import { type Sink, SinkRefusal, sinkName } from './sink.ts';

/** Options of {@link webhook}. */
export interface WebhookOptions {
  /** Where events are sent to. Redirects are not followed. */
  readonly url: string;
  /**
   * What bodies are signed with: 24 characters or more, or `whsec_` and the key in base64. Of several, as while one takes the place of
   * another, each signs.
   */
  readonly secret: string | readonly string[];
  /** The name of the sink. Default: `'webhook'`. */
  readonly name?: string | undefined;
  /**
   * `'structured'`: the whole event is the body, as `application/cloudevents+json`; `'binary'`: the body is its data, and the rest goes
   * into headers. Default: `'structured'`.
   */
  readonly mode?: 'structured' | 'binary' | undefined;
  /** Headers that are sent, too. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sends the requests. Default: the `fetch` of the process. */
  readonly fetch?: typeof fetch | undefined;
}

/** Whether a value is a secret whose key is long enough. */
const isSecret = (value: unknown): boolean => typeof value === 'string' && keyOf(value).length >= 24;

/** A check whose words do not repeat the value, which may be secret. */
const quietly =
  (words: string, accepts: (value: unknown) => boolean): Check =>
  (value) =>
    accepts(value) ? undefined : words;

/** Whether `fetch` takes a value as a URL: it refuses one with credentials, and repeats them in what it throws. */
function isUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username + password === '';
}

/** Whether `fetch` takes a value as headers: it refuses others each time, and repeats them in what it throws. */
function areHeaders(value: unknown): boolean {
  if (!isObject(value) || Array.isArray(value)) return false;
  try {
    return new Headers(value as Record<string, string>) !== undefined;
  } catch {
    return false;
  }
}

const rules: OptionRules<WebhookOptions> = {
  url: {
    required: true,
    check: quietly("must be a URL like 'https://example.com/events', without credentials; those go into headers", isUrl),
  },
  secret: {
    required: true,
    check: quietly('must be a secret of 24 bytes or more, or a list of such', (value) =>
      Array.isArray(value) ? value.length > 0 && value.every(isSecret) : isSecret(value),
    ),
  },
  name: { check: matching(sinkName, 'have 1 to 40 small letters, digits and hyphens'), default: 'webhook' },
  mode: { check: oneOf('structured', 'binary'), default: 'structured' },
  headers: { check: quietly('must be an object of headers', areHeaders), default: {} },
  fetch: { check: callable },
};

/** Statuses of the 4xx that say nothing against the event. */
const later: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * A sink that POSTs each event to a URL. The signature is that of Standard Webhooks: `webhook-signature` is `v1,` and the HMAC-SHA256 in
 * base64 of `webhook-id`, `webhook-timestamp` and the body, with a full stop between them. A receiver answers with a 2xx. After 408, 425, 429,
 * a 5xx or none, the event is sent again for a day; other replies refuse it.
 *
 * @throws {TypeError} that lists everything that is wrong with the options
 * @example
 * import { webhook } from 'stowage/events';
 *
 * const sink = webhook({ url: 'https://example.com/events', secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' });
 * sink.name; // => 'webhook'
 */
export function webhook(options: WebhookOptions): Sink {
  const { url, secret, name, mode, headers, fetch: send = fetch } = parseOptions('webhook', options, rules);
  const keys = (typeof secret === 'string' ? [secret] : secret).map(keyOf);
  return {
    name: name ?? 'webhook',
    async deliver(event, signal) {
      const { body, about } = mode === 'binary' ? binary(event) : structured(event);
      const signed = signatureOf(event.id, body, keys);
      const response = await send(url, {
        method: 'POST',
        headers: { ...headers, ...about, ...signed },
        body,
        redirect: 'manual',
        signal,
      });
      await response.body?.cancel();
      const { ok, status } = response;
      if (ok) return;
      const message = `the receiver answered with ${status}`;
      throw status >= 500 || later.has(status) ? new Error(message) : new SinkRefusal(message);
    },
  };
}

/** The key of a secret. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
}

function structured(event: CloudEvent) {
  return { body: JSON.stringify(event), about: { 'content-type': 'application/cloudevents+json' } };
}

/** All attributes are printable ASCII without a percent sign or a quotation mark, so none has to be escaped. */
function binary({ data, datacontenttype, ...attributes }: CloudEvent) {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]);
  return { body: JSON.stringify(data), about: { 'content-type': datacontenttype, ...Object.fromEntries(headers) } };
}

/** The headers that sign a body, now. */
function signatureOf(id: string, body: string, keys: readonly Buffer[]) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
