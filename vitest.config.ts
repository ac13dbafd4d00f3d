import { configDefaults, defineConfig } from 'vitest/config';

const conditions = ['source', 'node', 'import', 'module', 'default'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['source', 'node', 'import'] } },
};
const exclude = [...configDefaults.exclude, '**/dist/**'];
const report = process.env.TEST_REPORT;

/**
 * Three levels, told apart by file names, run one after the other. `*.test.ts` is unit: beside the source, no network, no sleep.
 * `*.integration.test.ts`: real sockets on loopback, Node only. `*.e2e.test.ts`: the whole system, with real Chromium and real
 * clients, or under load and faults for minutes. The files of the first two levels share a process and its modules (`isolate`): loading them anew for each takes
 * most of the time, and a test that leaves something behind shows.
 */
export default defineConfig({
  test: {
    ...(report === undefined ? {} : { reporters: ['default', ['json', { outputFile: report }]] }),
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['**/*.test.{ts,tsx}'],
          exclude: [...exclude, '**/*.{integration,e2e}.test.ts'],
          isolate: false,
          unstubGlobals: true,
          // For properties with many runs, on machines that do other things too.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['**/*.integration.test.ts'],
          exclude,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude,
          // The AI SDK depends on a package that has a `source` condition of its own, which Node does not load.
          server: { deps: { inline: [/\/node_modules\/(?:ai|@ai-sdk\/[^/]*|eventsource-parser)\//] } },
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
