/**
 * Bounds on how often clients may ask, and for how much at a time: for the option `throttle`.
 *
 * @module stowage/throttle
 */
export type { Allowance } from './allowance.ts';
export { type ThrottleOptions, throttle } from './throttle.ts';
