/** The probes of `stowage serve`, outside of `/v2/`: `/livez` says that the process answers, `/readyz` that its storage does. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Driver, type Logger, readRepositoryName, readTag } from '../index.ts';
import { withTimeout } from '../testing/suite/timeout.ts';
import { pathOf } from './path-of.ts';

/** A storage that answers no sooner is not ready. */
const patienceMilliseconds = 5_000;

/** What no registry has. */
const [repository, tag] = [present(readRepositoryName('stowage/readyz')), present(readTag('probe'))];

/** Answers probes. */
export interface Probes {
  /** Whether a request is a probe, which is then answered. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** From now on the process is not ready: whoever distributes requests shall send none. */
  drain(): void;
}

/** Makes the probes of a registry on a driver. Why it is not ready goes to the log. */
export function createProbes(driver: Driver, logger: Logger): Probes {
  let isDraining = false;

  const readiness = async (): Promise<readonly [number, string]> => {
    if (isDraining) return [503, 'stopping'];
    try {
      // Looks for what is not there, as far as the storage.
      await withTimeout(patienceMilliseconds, `nothing came for ${patienceMilliseconds / 1000} s`, () =>
        driver.manifests.resolve(repository, tag),
      );
      return [200, 'ok'];
    } catch (err) {
      logger.error({ err }, 'the storage does not answer');
      return [503, 'the storage does not answer'];
    }
  };

  return {
    answer: ({ method, url }, response) => {
      const path = pathOf(url);
      if (path !== '/livez' && path !== '/readyz') return false;
      const reply = ([status, text]: readonly [number, string]): void => {
        const allow = status === 405 ? { Allow: 'GET, HEAD' } : {};
        response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...allow });
        response.end(`${text}\n`);
      };
      if (method !== 'GET' && method !== 'HEAD') reply([405, 'Only GET and HEAD are allowed here.']);
      else if (path === '/livez') reply([200, 'ok']);
      else void readiness().then(reply);
      return true;
    },
    drain: () => {
      isDraining = true;
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('the format has changed');
  return value;
}
