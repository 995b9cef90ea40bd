/** The matrix of `npm run torture -- auth` notices every access of the table that is not the right one. */
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { routes } from '../../../lib/api/routes.ts';
import type { Access, MethodDescriptor } from '../../../lib/api/row-shapes.ts';
import * as auth from '../../../lib/auth/index.ts';
import { createRegistryHandler } from '../../../lib/index.ts';
import { type Play, playMatrix } from '../../support/access-matrix/matrix.ts';

/** Plays cells until one is wrong. */
const untilWrong = (only: NonNullable<Play['only']>): Play => ({ door: 'fetch', mostWrong: 1, only });

const kinds: readonly Access[] = ['none', 'pull', 'push', 'delete', 'catalog'];
const mutants = routes.flatMap(({ name, methods }) =>
  methods.flatMap((method: MethodDescriptor) =>
    kinds.filter((kind) => kind !== method.access).map((kind) => ({ name, method, kind, line: `${method.method} of ${name}` })),
  ),
);

describe('it is noticed if', () => {
  test.each(mutants)('$line asks for $kind', async ({ name, method, kind }) => {
    const { access } = method;
    // The table is changed in memory, while this test runs.
    Object.assign(method, { access: kind });
    const play = untilWrong((row) => row.route.name === name && row.method === method);
    const { wrong } = await playMatrix({ createRegistryHandler, auth }, play).finally(() => Object.assign(method, { access }));
    expect(wrong).toHaveLength(1);
  });

  describe('the source of a mount', () => {
    afterEach(() => {
      vi.doUnmock('../../../lib/api/parameters.ts');
      vi.resetModules();
    });

    test.each([undefined, 'push', 'delete'] as const)('is asked for %s', async (access) => {
      // What follows from a parameter is derived when the table is loaded.
      vi.resetModules();
      vi.doMock('../../../lib/api/parameters.ts', async (original) => {
        const { queryParameters, ...rest } = await original<typeof import('../../../lib/api/parameters.ts')>();
        return { ...rest, queryParameters: { ...queryParameters, from: { ...queryParameters.from, access } } };
      });
      const changed = await import('../../../lib/index.ts');
      const library = { createRegistryHandler: changed.createRegistryHandler, auth };
      expect(
        (
          await playMatrix(
            library,
            untilWrong((row) => row.operation === 'mountBlob'),
          )
        ).wrong,
      ).toHaveLength(1);
    });
  });
});

it('is not said of the table as it is', async () => {
  expect(mutants.length).toBeGreaterThan(50);
  const { cells, wrong } = await playMatrix(
    { createRegistryHandler, auth },
    untilWrong((row) => row.operation === 'mountBlob'),
  );
  expect([cells > 500, wrong]).toEqual([true, []]);
});
