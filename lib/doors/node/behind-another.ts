/** Warns of a registry that was attached to a server before another one, which now gets all requests of the API instead. */
import type { Lifecycle } from '../../dispatch.ts';
import type { Advice } from '../../options/advice.ts';

/** A registry where it is mounted. */
export interface Mounted {
  /** That of the registry: one object for each. */
  readonly lifecycle: Lifecycle;
  /** The path before `/v2`. */
  readonly mountPath: string;
}

/**
 * Whether a registry that was attached later takes all that an earlier one would get. Whatever its path, it also takes what comes without
 * one, as a proxy may have taken that off.
 */
export const takesAllOf = (later: Mounted, earlier: Mounted): boolean =>
  later.lifecycle !== earlier.lifecycle &&
  earlier.lifecycle.phase !== 'closed' &&
  (earlier.mountPath === '' || earlier.mountPath === later.mountPath);

export const behindAnother: Advice = {
  setting: 'attach',
  message:
    'two registries are attached to one server: the one that came last answers everything below /v2, and the other one gets nothing; mount each below a path of its own, as in app.use("/one", registry), or leave one out',
  isVital: true,
};
