/** The probe on the double and on a real server: one answer to each question, but where a row says otherwise. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3Double } from '../../support/s3/double.ts';
import { type Gateway, startGateway } from '../../support/s3/gateway.ts';
import { ask, type Place, placeAt } from '../../support/s3/probe/check.ts';
import { checks } from '../../support/s3/probe/index.ts';

let double: Awaited<ReturnType<typeof startS3Double>>;
let gateway: Gateway;
let [onDouble, onServer]: Place[] = [];
beforeAll(async () => {
  [double, gateway] = await Promise.all([startS3Double(), startGateway()]);
  [onDouble, onServer] = [placeAt(double), placeAt(gateway)];
});
afterAll(() => Promise.all([double.close(), gateway.close()]));

const given = (place: Place | undefined): Place => place ?? expect.unreachable('it was opened before');

describe('double and server', () => {
  it.each(checks.filter(({ differs }) => differs === undefined))('agree: $name', async (check) => {
    expect(await ask(check, given(onServer))).toEqual(await ask(check, given(onDouble)));
  });

  it.each(checks.filter(({ differs }) => differs !== undefined))('differ: $name ($differs)', async (check) => {
    expect(await ask(check, given(onServer))).not.toEqual(await ask(check, given(onDouble)));
  });
});
