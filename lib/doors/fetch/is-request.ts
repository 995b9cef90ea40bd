/** What the door for fetch takes. */
import { isObject } from '../../checks/check.ts';

/** Whether a value is a request of fetch, whoever made its class. */
export function isRequest(value: unknown): value is Request {
  if (!isObject(value)) return false;
  const { url, method, headers } = value;
  return typeof url === 'string' && typeof method === 'string' && isObject(headers) && typeof headers.get === 'function';
}
