// ESM Jest (several dependencies are ESM only): run with NODE_OPTIONS=--experimental-vm-modules.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/{tests,skill-mix}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  // Long, for machines that are busy and stall: no test is about speed.
  testTimeout: 600_000,
};
