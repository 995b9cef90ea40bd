/** A question to `authorize`, for those who put it without a registry. */
import type { Ask } from '../../lib/access/authorize.ts';
import { readName } from '../../lib/testing/suite/samples.ts';

/** The repository that is asked for. */
export const repository = readName('team/app');

/** May its tags be listed? */
export const ask: Ask = {
  operation: 'listTags',
  needs: [{ repository, actions: ['pull'] }],
  head: false,
  remoteAddress: undefined,
  baseUrl: '',
  request: undefined,
  signal: new AbortController().signal,
};
