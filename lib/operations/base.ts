import type { Handler } from '../call.ts';

/** Answers that the registry speaks this API: distribution specification, "Determining Support". */
export const checkBase: Handler<'checkBase'> = async () => ({ status: 200, body: {} });
