import node from '@astrojs/node';

export default {
  output: 'server',
  adapter: node({ mode: 'middleware', bodySizeLimit: 0 }),
  security: { checkOrigin: false },
  // In an app of its own, what Astro is made of is found beside it.
  vite: { ssr: { noExternal: true } },
};
