/** The request log of `stowage serve --log`. */
import type { OnResponse } from '../index.ts';
import type { Output } from './environment.ts';

/** Creates a listener that writes one line of JSON for each request: `{"time":…,"method":"GET","path":"/v2/","status":200,…}`. */
export function createRequestLog(output: Output): OnResponse {
  return ({ milliseconds, ...event }) => {
    const line = { time: new Date().toISOString(), ...event, milliseconds: Number(milliseconds.toFixed(3)) };
    output.write(`${JSON.stringify(line)}\n`);
  };
}
