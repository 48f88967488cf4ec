import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/src/**/*.test.ts'],
    // Real PTYs, real SQLite files and real sockets: generous, but a hang is a failure.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    retry: 0,
    maxWorkers: 2,
  },
})
