import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Folders may import only what stands before them in the way of the data. */
const only = (files, group, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group, message }] }] },
});

const NODE_BUILTINS = ['node:*', 'fs', 'path', 'crypto', 'os', 'child_process', 'worker_threads'];

export default tseslint.config(
  { ignores: ['node_modules/', '.venv/', '.etude/', 'runs/', 'coverage/', 'trainer/'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'import-x/no-cycle': 'error',
      'import-x/order': [
        'error',
        { groups: ['builtin', 'external', 'parent', 'sibling'], alphabetize: { order: 'asc' } },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts', '.js'] } } },
  },
  only(
    ['contracts/**/*.ts'],
    ['**/domain/**', '**/activities/**', '**/workflows/**', '**/client/**', '**/lab/**', '**/infra/**'],
    'contracts/ imports nothing of ours',
  ),
  only(
    ['domain/**/*.ts'],
    [
      '**/activities/**',
      '**/workflows/**',
      '**/client/**',
      '**/lab/**',
      '**/infra/**',
      ...NODE_BUILTINS.filter((name) => name !== 'crypto'),
      '!node:crypto',
      '@temporalio/*',
    ],
    'domain/ is pure: contracts/ only',
  ),
  only(
    ['workflows/**/*.ts'],
    [...NODE_BUILTINS, '**/infra/**', '**/client/**', '**/lab/**', 'zod'],
    'workflows run in the sandbox: no Node builtins, no zod',
  ),
  {
    files: ['activities/**/*.ts', 'client/**/*.ts', 'infra/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'somebody may set that clock: use performance.now() or uptime()' },
      ],
    },
  },
  {
    files: ['tests/**/*.ts', 'skill-mix/tests/**/*.ts', 'bench/**/*.ts', 'chaos/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 400, skipBlankLines: true }], 'max-lines-per-function': 'off' },
  },
);
