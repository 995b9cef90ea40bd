/** Semantic versions in tags: `v1.10.0`, `1.9`, `2.0.0-rc.1`. semver.org, sections 2, 9 and 11. */

/** A version that was read. */
export interface Version {
  /** Major, minor and patch; what is not there is 0. */
  readonly numbers: readonly number[];
  /** The identifiers of a pre-release; none for a release. */
  readonly prerelease: readonly string[];
}

/** The version that a tag names; undefined if it names none. What stands behind a `+` cannot be in a tag; behind a `_`, it is not compared. */
export function versionOf(tag: string): Version | undefined {
  const [, numbers, prerelease] = /^v?(\d{1,9}(?:\.\d{1,9}){0,2})(?:-([0-9A-Za-z.-]+))?(?:_.*)?$/.exec(tag) ?? [];
  if (numbers === undefined) return undefined;
  return { numbers: numbers.split('.').map(Number), prerelease: prerelease?.split('.') ?? [] };
}

/** Negative if the first is lower, positive if it is higher. */
export function compareVersions(one: Version, other: Version): number {
  for (let index = 0; index < 3; index++) {
    const difference = (one.numbers[index] ?? 0) - (other.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  // A pre-release is lower than its release.
  if (one.prerelease.length === 0 || other.prerelease.length === 0) return other.prerelease.length - one.prerelease.length;
  for (const [index, identifier] of one.prerelease.entries()) {
    const against = other.prerelease[index];
    if (against === undefined) return 1;
    const difference = compareIdentifiers(identifier, against);
    if (difference !== 0) return difference;
  }
  return one.prerelease.length - other.prerelease.length;
}

/** Numbers are lower than words, and are compared by value. */
function compareIdentifiers(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && isOtherNumber) return Number(one) - Number(other);
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return one === other ? 0 : one < other ? -1 : 1;
}
