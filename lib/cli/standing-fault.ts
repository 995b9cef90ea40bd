/** Faults that stand until somebody mends what is wrong: each request meets them again, and a log tells them once. */
import { isRegistryError } from '../index.ts';
import { messageOf } from './start-error.ts';

/** A fault that stands. The same object is thrown as long as it does. */
export class StandingFault extends Error {
  override readonly name = 'StandingFault';
}

/** The same function, whose faults stand as long as their message is the same. What is an answer to the client is thrown as it is. */
export function standing<Given extends readonly unknown[], Value>(
  what: string,
  work: (...given: Given) => Value | Promise<Value>,
): (...given: Given) => Promise<Value> {
  let fault: StandingFault | undefined;
  return async (...given) => {
    try {
      const value = await work(...given);
      fault = undefined;
      return value;
    } catch (error) {
      if (isRegistryError(error)) throw error;
      const message = `${what}: ${messageOf(error)}`;
      if (fault?.message !== message) fault = new StandingFault(message);
      throw fault;
    }
  };
}
