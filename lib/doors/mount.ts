/** Where the registry is mounted: warns of a mount behind which it does not recognize the API. */
import { routes } from '../api/routes.ts';
import type { Advise } from '../options/advice.ts';
import { compile } from '../routing/router.ts';

const find = compile(routes);

/** A path that a host may have mounted the registry at, without dot segments; and what follows, from `/v2/` on. */
const mounted = /^(?:\/(?!\.{1,2}\/)[\w.~%-]+)*?(\/v2\/.*)$/;

/** Warns, once, of a path that is left to others although what it holds from `/v2/` on is a path of the API. */
export function mountAdvisor(advise: Advise): (path: string) => void {
  let isTold = false;
  return (path) => {
    const [, rest] = (!isTold && path.includes('/v2/') && mounted.exec(path)) || [];
    if (rest === undefined || !find(rest)) return;
    isTold = true;
    const message =
      'a request whose path holds /v2/ was not taken for one of the registry, as something else is before that; if the registry is mounted there, set its option mountPath to the path before /v2, or to an empty text where there is none';
    advise({ setting: 'mountPath', message, isVital: true });
  };
}
