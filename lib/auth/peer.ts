/** Packages that users install beside this one, for what not everybody needs. */

/** Imports such a package when it is first asked for. Rejects with an Error in words where it is not there, and looks again the next time. */
export function peer<Module>(name: string, whatNeedsIt: string, load: () => Promise<Module>): () => Promise<Module> {
  let loading: Promise<Module> | undefined;
  return () => {
    loading ??= load().catch((cause: unknown) => {
      loading = undefined;
      throw new Error(`${whatNeedsIt} need the package ${name}: npm install ${name}`, { cause });
    });
    return loading;
  };
}
