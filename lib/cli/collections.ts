/** `stowage serve --gc-interval`: collections beside the traffic. */
import type { Driver } from '../driver.ts';
import type { CollectEveryOptions, Collections } from '../upkeep/index.ts';
import type { CliLogger } from './logger.ts';
import { needed } from './start-error.ts';

/**
 * Begins to collect; each report is a line of the log, and each fault. Nothing is begun where it was not asked for. Throws a `StartError` where the driver
 * has no inventory.
 */
export async function beginCollections(
  asked: CollectEveryOptions | undefined,
  driver: Driver,
  logger: CliLogger,
): Promise<Collections | undefined> {
  if (!asked) return undefined;
  const { collectEvery } = await import('../upkeep/index.ts');
  return needed('collect garbage', () =>
    collectEvery(driver, {
      ...asked,
      onReport: ({ skipped, ...report }) => {
        logger.info(report, 'garbage collected');
        for (const each of skipped) logger.warn(each, 'garbage left where it is: the repository cannot be read');
      },
      onFault: (error) => logger.error({ error }, 'garbage not collected; it is tried again'),
    }),
  );
}
