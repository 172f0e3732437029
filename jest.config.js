// ESM Jest (several dependencies are ESM only): run with NODE_OPTIONS=--experimental-vm-modules.
// Two kinds of tests, told apart by their names. NAME.test.ts is a unit test: nothing but files in a temporary folder, and
// its environment refuses sockets and processes. NAME.live.test.ts has servers, processes or Python.
const common = {
  rootDir: import.meta.dirname,
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
};

export default {
  // Long, for machines that are busy and stall: no test is about speed. Jest reads it here, not in a project.
  testTimeout: 600_000,
  // More than two cores have, as live tests wait a lot; more would not fit into a small machine's memory.
  maxWorkers: 4,
  testSequencer: '<rootDir>/tests/support/runner/longest-first.mjs',
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/{tests,skill-mix}/**/*.test.ts', '!**/*.live.test.ts'],
      testEnvironment: '<rootDir>/tests/support/runner/unit-environment.mjs',
    },
    {
      ...common,
      displayName: 'live',
      testMatch: ['<rootDir>/{tests,skill-mix}/**/*.live.test.ts'],
      testEnvironment: 'node',
      globalSetup: '<rootDir>/tests/support/runner/live-setup.mjs',
      globalTeardown: '<rootDir>/tests/support/runner/live-teardown.mjs',
    },
  ],
};
