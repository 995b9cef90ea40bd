import type { Handler } from '../call.ts';

/** Says that the registry is there: distribution specification, "Determining Support". */
export const checkBase: Handler<'checkBase'> = async () => ({ status: 200, body: {} });
