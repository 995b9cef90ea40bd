/** Recorded requests as commands of curl. */
import type { Sample } from './samples.ts';

/**
 * The command that sends the request to a server (`http://127.0.0.1:5000`) and shows the whole reply, for a POSIX shell. What arrives
 * is the request of the sample, with the `Host`, `User-Agent` and `Accept` of curl.
 */
export function curlText({ request: { method, target, headers, body } }: Sample, server: string): string {
  const first = ['curl', ...methodOptions(method), quoted(server + target)].join(' ');
  const sent = body === undefined ? headers : headersBeside(headers);
  const lines = [
    first,
    ...Object.entries(sent).map(([name, value]) => `-H ${quoted(value === '' ? `${name}:` : `${name}: ${value}`)}`),
    // Unlike --data, it does not take a body that begins with @ for the name of a file.
    ...(body === undefined ? [] : [`--data-raw ${quoted(body)}`]),
  ];
  return lines.join(' \\\n  ');
}

/** With `-X HEAD`, curl would wait for a body. */
function methodOptions(method: string): string[] {
  if (method === 'HEAD') return ['--head'];
  return method === 'GET' ? ['-i'] : ['-i', '-X', method];
}

/** The headers beside a body: curl counts its length; an empty `Content-Type` keeps curl from sending that of a form. */
function headersBeside({ 'Content-Length': _, ...headers }: Sample['request']['headers']): Sample['request']['headers'] {
  return { 'Content-Type': '', ...headers };
}

/** A word of a POSIX shell. */
function quoted(word: string): string {
  return /^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
