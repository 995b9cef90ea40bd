/** What programs find credentials and region in, as the SDK reads it. */
import type { Gateway } from './gateway.ts';

/** Environment variables for programs that use a store. The SDK would warn on stderr of the end of old versions of Node. */
export const environmentOf = ({ region, credentials }: Gateway['clientConfig']): NodeJS.ProcessEnv => ({
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  NODE_NO_WARNINGS: '1',
});
