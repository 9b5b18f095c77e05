// The suites of tests, one project each. Must not know what is tested.
import { defineConfig } from 'vitest/config'

const suites = ['unit', 'contract', 'integration']

/** Real sockets, processes and disks take their time on a busy machine; a unit test does not. */
const timeoutMs = { unit: 20_000, contract: 20_000, integration: 120_000 }

export default defineConfig({
  test: {
    projects: suites.map((name) => ({
      test: {
        name,
        include: [`tests/${name}/**/*.test.ts`],
        environment: 'node',
        testTimeout: timeoutMs[name as keyof typeof timeoutMs],
        hookTimeout: timeoutMs[name as keyof typeof timeoutMs],
      },
    })),
  },
})
