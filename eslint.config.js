import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

const ROOT = import.meta.dirname;
const RESOLVER = {
  'import-x/resolver': { node: { extensions: ['.ts', '.js'] } },
  // Without these two, no-cycle passes over every .ts file.
  'import-x/extensions': ['.ts', '.mjs', '.js'],
  'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
};
const rulesFor = (files, rules) => ({ files, rules });

const pathsRule = (...zones) => ({
  'import-x/no-restricted-paths': ['error', { basePath: ROOT, zones: zones.map((zone) => ({ target: '.', ...zone })) }],
});

/** What code in `files` may import of ours, values and types alike: only what is in these folders, and no tests. */
const importsOnly = (files, folders, message) =>
  rulesFor(
    files,
    pathsRule(
      { from: '.', except: [...folders, 'node_modules'], message },
      { from: 'skill-mix/tests', message: 'tests are imported by tests only' },
    ),
  );

/** What code in `files` may not import of ours: what is in `folder`, but for its folders `except`. */
const importsNothingOf = (files, folder, message, except = []) =>
  rulesFor(files, pathsRule({ from: folder, except, message }));

/** The layers that ARCHITECTURE.md names. Where several entries match a file, the last one counts. */
const LAYERS = [
  importsOnly(['contracts/**'], ['contracts'], 'contracts/ imports nothing of ours'),
  importsOnly(['domain/**'], ['contracts', 'domain'], 'domain/ imports contracts/ only'),
  importsOnly(
    ['domain/statistics/**'],
    ['contracts', 'domain/statistics'],
    'domain/statistics/ imports contracts/ only, so that it can be read and checked alone',
  ),
  importsOnly(
    ['workflows/**'],
    ['contracts', 'workflows', 'domain', 'activities'],
    'workflows/ imports contracts/, and types of domain/ and activities/',
  ),
  importsOnly(['lab/**'], ['contracts', 'domain', 'lab'], 'lab/ imports contracts/ and domain/'),
  importsOnly(['infra/**'], ['contracts', 'infra'], 'infra/ imports contracts/ only'),
  importsOnly(
    ['activities/**'],
    ['contracts', 'domain', 'infra', 'lab/world', 'activities'],
    'activities/ imports contracts/, domain/, infra/ and lab/world/',
  ),
  importsOnly(
    ['worker/**', 'worker.ts'],
    ['contracts', 'domain', 'infra', 'activities', 'worker'],
    'worker/ imports contracts/, domain/, infra/ and activities/',
  ),
  importsOnly(
    ['client/**', 'skill-mix/**'],
    ['contracts', 'domain', 'workflows', 'infra', 'lab', 'activities', 'client', 'skill-mix'],
    'client/ and skill-mix/ import no worker, test, measurement or chaos',
  ),
  importsOnly(
    ['skill-mix/scoring/**'],
    ['contracts', 'domain', 'skill-mix/scoring'],
    'skill-mix/scoring/ imports what domain/ may, and domain/',
  ),
  importsNothingOf(
    ['tests/**', 'skill-mix/tests/**'],
    'bench',
    'tests do not import bench/: share it in tests/support/',
  ),
  importsNothingOf(['bench/**', 'chaos/**'], 'tests', 'bench/ and chaos/ import of tests only tests/support/', [
    'support',
  ]),
];

const PURE = ['domain/**', 'skill-mix/scoring/**'];
const NO_CLOCK = { object: 'Date', property: 'now' };
const OUTSIDE_WORLD = [
  ...['process', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['fetch', 'console', 'crypto', 'global', 'globalThis'],
];
const PURITY = 'pure code has no clock, no chance and no I/O: take it as an argument';

/** The same arguments, the same result: no I/O, no clock, no randomness but what a seed gives. */
const PURE_RULES = rulesFor(PURE, {
  'import-x/no-nodejs-modules': ['error', { allow: ['node:crypto'] }],
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      paths: [{ name: 'node:crypto', allowImportNames: ['createHash', 'createHmac'], message: PURITY }],
      patterns: [{ group: ['@temporalio/*'], message: 'domain/ knows nothing of Temporal' }],
    },
  ],
  'no-restricted-globals': ['error', ...OUTSIDE_WORLD.map((name) => ({ name, message: PURITY }))],
  'no-restricted-properties': [
    'error',
    { ...NO_CLOCK, message: PURITY },
    { object: 'Math', property: 'random', message: PURITY },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: PURITY },
    { selector: 'CallExpression[callee.name="Date"]', message: PURITY },
  ],
});

/** What is bundled for Temporal's sandbox. The bundle's cache hashes workflows/ and contracts/ and nothing else. */
const BUNDLED_RULES = [
  rulesFor(['contracts/**', 'workflows/**'], { 'import-x/no-nodejs-modules': 'error' }),
  rulesFor(['workflows/**'], {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '(^|/)(domain|activities)/',
            allowTypeImports: true,
            message:
              'workflows take types only from domain/ and activities/: values there are not part of their bundle',
          },
          {
            group: ['zod', 'zod/*'],
            message: 'workflows take types from contracts/: zod does not belong in their bundle',
          },
        ],
      },
    ],
  }),
];

/** What waits or measures: the time of day may be set back meanwhile. */
const STEADY_CLOCK_RULES = rulesFor(
  ['activities/**/*.ts', 'client/**/*.ts', 'infra/**/*.ts', 'worker/**/*.ts', 'worker.ts'],
  {
    'no-restricted-properties': [
      'error',
      { ...NO_CLOCK, message: 'somebody may set that clock: use performance.now() or uptime()' },
    ],
  },
);

export default tseslint.config(
  { ignores: ['node_modules/', '.venv/', '.etude/', 'runs/', 'coverage/', 'trainer/'] },
  ...tseslint.configs.recommended,
  { plugins: { 'import-x': importX }, settings: RESOLVER },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: ROOT } },
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Packages import nothing of ours; to follow them too takes half of the time of all rules.
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/order': [
        'error',
        { groups: ['builtin', 'external', 'parent', 'sibling'], alphabetize: { order: 'asc' } },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  ...LAYERS,
  PURE_RULES,
  ...BUNDLED_RULES,
  STEADY_CLOCK_RULES,
  {
    files: ['tests/**/*.ts', 'skill-mix/tests/**/*.ts', 'bench/**/*.ts', 'chaos/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 400, skipBlankLines: true }], 'max-lines-per-function': 'off' },
  },
);
