export default {
  skipTrailingSlashRedirect: true,
  rewrites: async () => [
    { source: '/v2/:path*', destination: '/api/v2/:path*' },
    { source: '/other', destination: '/api/other' },
    { source: '/json', destination: '/api/json' },
  ],
};
