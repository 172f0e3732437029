import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { PROJECT } from '../support/scratch.ts';

const PURE = ['contracts', 'domain/plan', 'domain/statistics'];
const RUNNING = ['workflows', 'lab/world', 'lab/servers', 'infra/home', 'activities/ledger', 'client/commands'];
const SKILL_MIX = ['skill-mix/reading', 'skill-mix/scoring'];
const CHECKING = ['tests/support', 'tests/domain/plan', 'skill-mix/tests', 'chaos', 'bench'];
const ROOMS = [...PURE, ...RUNNING, 'worker', ...SKILL_MIX, ...CHECKING];

interface Layer {
  readonly room: string;
  readonly values: readonly string[];
  /** Besides the rooms of `values`. */
  readonly types?: readonly string[];
}

/** What each room may import, beside itself. */
const LAYERS: readonly Layer[] = [
  { room: 'contracts', values: [] },
  { room: 'domain/plan', values: PURE },
  { room: 'domain/statistics', values: ['contracts'] },
  { room: 'workflows', values: ['contracts'], types: ['domain/plan', 'domain/statistics', 'activities/ledger'] },
  { room: 'lab/servers', values: [...PURE, 'lab/world'] },
  { room: 'infra/home', values: ['contracts'] },
  { room: 'activities/ledger', values: [...PURE, 'infra/home', 'lab/world'] },
  { room: 'worker', values: [...PURE, 'infra/home', 'activities/ledger'] },
  { room: 'client/commands', values: [...PURE, ...RUNNING, ...SKILL_MIX] },
  { room: 'skill-mix/reading', values: [...PURE, ...RUNNING, ...SKILL_MIX] },
  { room: 'skill-mix/scoring', values: PURE },
  { room: 'chaos', values: [...PURE, ...RUNNING, 'worker', ...SKILL_MIX, 'tests/support', 'skill-mix/tests', 'bench'] },
  { room: 'bench', values: [...PURE, ...RUNNING, 'worker', ...SKILL_MIX, 'tests/support', 'skill-mix/tests', 'chaos'] },
  { room: 'tests/domain/plan', values: ROOMS.filter((room) => room !== 'bench') },
  { room: 'skill-mix/tests', values: ROOMS.filter((room) => room !== 'bench') },
];

const LAYER_RULES = /(^|\/)no-(restricted-[a-z]+|nodejs-modules)$/;

// Without types: none of these rules asks for them, and they take most of ESLint's time.
const eslint = new ESLint({
  cwd: PROJECT,
  overrideConfig: [
    { languageOptions: { parserOptions: { projectService: false } } },
    { ...tseslint.configs.disableTypeChecked, files: ['**/*.ts'] },
    { rules: { 'import-x/no-cycle': 'off', 'import-x/order': 'off' } },
  ],
});

/** Lints one line of code for each name, as a new file of `room`; returns what is said about the line, by name. */
async function lintLines(room: string, lines: Readonly<Record<string, string>>): Promise<Record<string, string[]>> {
  const text = `${Object.values(lines).join('\n')}\n`;
  const [result] = await eslint.lintText(text, { filePath: join(PROJECT, room, 'made-up.ts') });
  const broken = result?.messages.find(({ fatal }) => fatal);
  if (broken) throw new Error(`the text cannot be parsed: ${broken.message}`);
  return Object.fromEntries(
    Object.keys(lines).map((name, at) => [
      name,
      (result?.messages ?? [])
        .filter(({ ruleId, line }) => line === at + 1 && LAYER_RULES.test(ruleId ?? ''))
        .map(({ message }) => message),
    ]),
  );
}

const refusedOf = (found: Readonly<Record<string, string[]>>): string[] =>
  Object.keys(found).filter((name) => found[name]?.length);

/** A path to some file of `target`, as a file of `room` imports it. */
function pathTo(target: string, room: string): string {
  const file = readdirSync(join(PROJECT, target)).find((name) => /\.ts$/.test(name));
  if (!file) throw new Error(`there is no code in ${target}`);
  return relative(room, join(target, file));
}

const others = (room: string): string[] => ROOMS.filter((target) => dirname(join(target, 'x')) !== room);

describe('imports between rooms', () => {
  it.each(LAYERS)('of $room', async ({ room, values, types = [] }) => {
    const asValue = others(room).map((target) => [target, `export * from '${pathTo(target, room)}';`]);
    expect(refusedOf(await lintLines(room, Object.fromEntries(asValue)))).toEqual(
      others(room).filter((target) => !values.includes(target)),
    );
    const asType = others(room).map((target) => [target, `export type * from '${pathTo(target, room)}';`]);
    expect(refusedOf(await lintLines(room, Object.fromEntries(asType)))).toEqual(
      others(room).filter((target) => !values.includes(target) && !types.includes(target)),
    );
  });

  it('of worker.ts are those of worker/, and nothing but processes start it', async () => {
    const lint = async (folder: string, file: string, target: string) => {
      const text = `export * from '${target}';\n`;
      const [result] = await eslint.lintText(text, { filePath: join(PROJECT, folder, file) });
      return result?.messages.map(({ message }) => message).join() ?? '';
    };
    expect(await lint('', 'worker.ts', `./${pathTo('client/commands', '')}`)).toContain('worker/ imports');
    expect(await lint('', 'worker.ts', `./${pathTo('worker', '')}`)).toBe('');
    for (const room of ['client/commands', 'activities/ledger', 'infra/home'])
      expect(await lint(room, 'made-up.ts', '../../worker.ts')).toMatch(/restricted zone/);
  });

  it('say which layer they break', async () => {
    const { found } = await lintLines('domain/plan', {
      found: `export * from '${pathTo('activities/ledger', 'domain/plan')}';`,
    });
    expect(found?.join()).toContain('domain/ imports contracts/ only');
  });
});

const CLOCKS = {
  'Date.now': 'export const a = Date.now();',
  'Date.now, taken apart': 'export const { now } = Date;',
  'new Date': 'export const b = new Date();',
  Date: 'export const c = Date();',
  'performance.now': 'export const d = performance.now();',
  process: 'export const e = process.hrtime();',
  setTimeout: 'setTimeout(() => undefined, 1);',
  setInterval: 'setInterval(() => undefined, 1);',
  setImmediate: 'setImmediate(() => undefined);',
  globalThis: 'export const f = globalThis.performance;',
};
const IMPURE = {
  ...CLOCKS,
  'Math.random': 'export const g = Math.random();',
  'crypto.randomUUID': 'export const h = crypto.randomUUID();',
  'randomBytes of node:crypto': `import { randomBytes } from 'node:crypto';`,
  'all of node:crypto': `import * as all from 'node:crypto';`,
  fetch: `export const i = fetch('http://127.0.0.1');`,
  console: `console.log('x');`,
  'node:fs': `import { readFileSync } from 'node:fs';`,
  'fs/promises': `import { readFile } from 'fs/promises';`,
  'a type of node:stream': `import type { Readable } from 'node:stream';`,
  Temporal: `import { Context } from '@temporalio/activity';`,
};
const PURE_ENOUGH = {
  'a given moment': 'export const a = new Date(0).toISOString();',
  'a parsed moment': `export const b = Date.parse('2026-01-01');`,
  'other mathematics': 'export const c = Math.round(0.5);',
  hashes: `import { createHash, createHmac } from 'node:crypto';`,
  packages: `import canonicalize from 'canonicalize';`,
};

describe('code that is pure', () => {
  it.each(['domain/plan', 'domain/statistics', 'skill-mix/scoring'])('%s', async (room) => {
    expect(refusedOf(await lintLines(room, IMPURE))).toEqual(Object.keys(IMPURE));
    expect(refusedOf(await lintLines(room, PURE_ENOUGH))).toEqual([]);
  });
});

describe('code that is bundled for workflows', () => {
  const builtins = { 'node:crypto': `import 'node:crypto';`, path: `import { join } from 'path';` };

  it.each(['workflows', 'contracts'])('imports no Node builtin in %s', async (room) => {
    expect(refusedOf(await lintLines(room, builtins))).toEqual(Object.keys(builtins));
  });

  it('imports no zod in workflows, which contracts may', async () => {
    const zod = { zod: `import { z } from 'zod';`, 'a type': `import type { ZodError } from 'zod';` };
    expect(refusedOf(await lintLines('workflows', zod))).toEqual(Object.keys(zod));
    expect(refusedOf(await lintLines('contracts', zod))).toEqual([]);
    const temporal = { temporal: `import { proxyActivities } from '@temporalio/workflow';` };
    expect(refusedOf(await lintLines('workflows', temporal))).toEqual([]);
  });
});

describe('code that waits', () => {
  const clocks = { now: CLOCKS['Date.now'], steady: CLOCKS['performance.now'], date: CLOCKS['new Date'] };

  it.each(['activities/ledger', 'client/commands', 'infra/home', 'worker'])('reads no Date.now in %s', async (room) => {
    expect(refusedOf(await lintLines(room, clocks))).toEqual(['now']);
  });

  it('is not what measures in tests, measurements and chaos', async () => {
    for (const room of ['tests/domain/plan', 'bench', 'chaos', 'lab/servers'])
      expect(refusedOf(await lintLines(room, clocks))).toEqual([]);
  });
});
