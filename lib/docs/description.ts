/** What documents say of a format: words of their own, or those that clients are told as well. */
import type { Format } from '../api/formats.ts';

export const descriptionOf = ({ expected = '', description = expected }: Format<unknown>): string => description;
