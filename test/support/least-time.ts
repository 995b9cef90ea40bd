/** How much work something is, whatever else the machine is busy with. */

/** The processor time of the shortest of three runs, in milliseconds. */
export function leastTime(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const start = process.cpuUsage();
    work();
    return since(start);
  });
  return Math.min(...times);
}

/** The same of work that is asynchronous. */
export async function leastTimeOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  while (times.length < 3) {
    const start = process.cpuUsage();
    await work();
    times.push(since(start));
  }
  return Math.min(...times);
}

function since(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
