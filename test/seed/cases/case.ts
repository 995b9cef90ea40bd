/** What the tests of the first registry of this API asked, what it answered then, and what is answered now. */

/** A case. Where nothing else is said, it holds as it did; where it does not, there is a reason. */
export type SeedCase<Given, Outcome> = { readonly given: Given; readonly was: Outcome } & (
  | { readonly is?: never; readonly why?: never }
  | { readonly is: Outcome; readonly why: string }
);

/** What has to come out today. */
export function expectedOf<Outcome>({ was, is }: SeedCase<unknown, Outcome>): Outcome {
  return is ?? was;
}
