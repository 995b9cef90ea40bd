/** Places and rows of the first table that must not compile. */
import { describe, it } from 'vitest';
import type { Place } from './table/place.ts';
import type { Row } from './table/row.ts';

describe('what does not compile', () => {
  it('is a place that the table cannot have', () => {
    // @ts-expect-error: no route of that name
    const route: Place = { route: 'layer' };
    // @ts-expect-error: no use case of that name
    const useCase: Place = { request: 'getManifest' };
    // @ts-expect-error: no error code of that name
    const code: Place = { failure: 404, code: 'LAYER_UNKNOWN', of: 'getBlob' };
    // @ts-expect-error: no field of that type
    const field: Place = { type: 'RouteDescriptor', field: 'status' };
    void [route, useCase, code, field];
  });

  it('is a place of two kinds, or of none', () => {
    // @ts-expect-error: a reply has no path parameter
    const both: Place = { success: 200, path: 'name', of: 'getBlob' };
    // @ts-expect-error: which use case?
    const nowhere: Place = { success: 200 };
    void [both, nowhere];
  });

  it('is a row with a deviation that nobody explains', () => {
    // @ts-expect-error: no deviation of that name
    const row: Row = { was: { success: 200 }, at: [], but: ['it seemed better'] };
    void row;
  });
});
