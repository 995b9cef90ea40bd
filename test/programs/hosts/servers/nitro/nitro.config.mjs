// In an app of its own, `h3` is the one that Nitro brings.
export default { preset: 'node', compatibilityDate: '2026-10-01', alias: { h3: 'h3-1' } };
