/** The exchanges of a door that are under way: what a registry has to know of them to end. */
import type { Door } from '../registry.ts';

/** What breaks off an exchange that is under way, and its end. */
export type UnderWay = Map<{ cut(): void }, Promise<void>>;

/** The door of these exchanges. */
export const doorOf = (underWay: UnderWay): Door => ({
  idle: async () => {
    while (underWay.size > 0) await Promise.all(underWay.values());
  },
  cut: async () => {
    for (const exchange of underWay.keys()) exchange.cut();
    await Promise.all(underWay.values());
  },
});
