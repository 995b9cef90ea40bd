import type { Place } from './place.ts';
import { useCaseOf } from './resolving.ts';
import { entries } from './rows/index.ts';

/** Whether a place lies where its row does: in what became of the row's route, its method and its request. */
export function isAtHome(id: string, place: Place): boolean {
  const [, route = '', method = '', request = '-Q1'] = /^(SEED-R\d)(?:-([A-Z]{3,})(-Q\d)?)?/.exec(id) ?? [];
  if (place.on !== undefined) return placesOf(route).some((home) => home.route === place.on);
  if (place.request !== undefined) {
    const useCase = useCaseOf(place.request);
    const isOfRoute = placesOf(route).some((home) => home.route === useCase.route.name);
    return isOfRoute && method === (place.as ?? useCase.method.method);
  }
  if (place.of === undefined) return true;
  const home = placesOf(`${route}-${method}${request}`).find((each) => each.request === place.of);
  const isReply = (place.success ?? place.replyHeader) !== undefined;
  return home !== undefined && (!isReply || home.as === place.as);
}

const placesOf = (id: string): readonly Place[] => entries.find(([each]) => each === id)?.[1].at ?? [];
