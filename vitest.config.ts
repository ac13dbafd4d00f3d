import { configDefaults, defineConfig } from 'vitest/config';

const conditions = ['source', 'node', 'import', 'module', 'default'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['source', 'node', 'import'] } },
} as const;
const exclude = [...configDefaults.exclude, '**/dist/**'];

/**
 * Three levels. `unit`: beside the source, no network, no sleep. `integration`: real sockets on loopback, Node only.
 * `e2e`: real Chromium and real clients. File names decide: `*.test.ts`, `*.integration.test.ts`, `*.e2e.test.ts`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: { name: 'unit', include: ['**/*.test.{ts,tsx}'], exclude: [...exclude, '**/*.{integration,e2e}.test.ts'] },
      },
      {
        ...shared,
        test: { name: 'integration', include: ['**/*.integration.test.ts'], exclude, testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
