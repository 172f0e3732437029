import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { studySchema } from '../../contracts/study.ts';
import { faultsSchema } from '../../lab/servers/faults.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const pages = (await readdir(join(ROOT, 'docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
const PAGES = ['README.md', 'ARCHITECTURE.md', ...pages];

const read = (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');
const allOf = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const texts = new Map(await Promise.all(PAGES.map(async (page) => [page, await read(page)] as const)));
const readme = texts.get('README.md') ?? '';

/** As the tool itself lists them. */
const help = execFileSync(process.execPath, ['--import', 'tsx', 'client/main.ts', '--help'], {
  cwd: ROOT,
  encoding: 'utf8',
});
const COMMANDS = allOf(help.slice(help.indexOf('Commands:')), /^ {2}([a-z][a-z-]*)/gm).filter(
  (name) => name !== 'help',
);
const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };

/** Beside a file of the project: an output of a study, or a name that a reader chooses. */
const NOT_OURS =
  /^(runs|datasets|provider|\.etude|\.venv|node_modules|~)\/|^(my-study|faults|FILE)|^[a-z-]+\.(json|html|yaml)$/;

describe.each(PAGES)('%s', (page) => {
  const text = texts.get(page) ?? '';

  it('names commands that exist', () => {
    expect(COMMANDS).toEqual(expect.arrayContaining(allOf(text, /\.\/etude ([a-z-]+)/g)));
  });

  it('names npm scripts that exist', () => {
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(allOf(text, /npm run ([a-z:-]+)/g)));
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(allOf(text, /npm (start|test)\b/g)));
  });

  it('names files that exist', () => {
    const named = [
      ...allOf(text, /`([\w.-]*\/[\w./-]*\w)\/?`/g),
      ...allOf(text, /`([\w-]+\.(?:ts|js|md|json|yaml))`/g),
    ];
    const run = allOf(text, /node --import tsx (\S+)/g);
    const ours = [...named, ...run].filter((path) => !NOT_OURS.test(path) && !path.startsWith('./etude'));
    expect(ours.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('links to files and headings that exist', () => {
    for (const target of allOf(text, /\]\(([^)]+)\)/g).filter((link) => !link.startsWith('https://'))) {
      const [path = '', heading] = target.split('#');
      if (path !== '') expect([target, existsSync(join(ROOT, dirname(page), path))]).toEqual([target, true]);
      else expect(text).toMatch(new RegExp(`^#+ ${heading}$`, 'm'));
    }
  });

  it('names variables that the code reads', async () => {
    const sources = [
      'etude',
      'contracts/worker-settings.ts',
      'infra/home/open-home.ts',
      'infra/codec/payload-keys.ts',
      'client/home/lab-process.ts',
    ];
    const setUp = (await readdir(join(ROOT, 'infra/setup'))).map((name) => `infra/setup/${name}`);
    const code = (await Promise.all([...sources, ...setUp].map(read))).join('\n');
    expect(allOf(text, /`(ETUDE_[A-Z_]+)/g).filter((name) => !code.includes(name))).toEqual([]);
  });

  it('holds no path of one machine', () => {
    expect(text).not.toMatch(/(^|[\s"'`(=])\/(home|root|tmp|work|Users|opt|mnt)\//m);
  });
});

describe('the README', () => {
  it('is of 100 to 150 lines beside the tree of rooms, and shows a study and its result by line 30', () => {
    const [before = '', after = ''] = readme.split(/^## The tree\n\n```\n[^`]*(?:`[^`]+`[^`]*)*```\n$/m);
    expect(after).not.toBe('');
    const lines = (before + after).split('\n');
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.length).toBeLessThanOrEqual(151);
    expect(lines.findIndex((line) => line.startsWith('| 1,2,3 |'))).toBeLessThan(30);
  });

  it('has figures of the arms, settings and k that the lab study has', async () => {
    const { arms, evaluation } = studySchema.parse(parse(await read('studies/lab.yaml')));
    const [figures = ''] = allOf(readme, /<!-- figures: begin -->\n([\s\S]*?)<!-- figures: end -->/g);
    expect(allOf(figures, /^\| ([^ |]+) \| [.\d]/gm)).toEqual(arms.map(({ id }) => id));
    const heads = evaluation.settings.map(({ id }) => `${id}, k = ${evaluation.k.join(', ')}`);
    expect(figures).toContain(`| arm | ${heads.join(' | ')} |`);
  });

  it('quotes the study file as it is', async () => {
    const [quoted = ''] = allOf(readme, /```yaml\n# from studies\/lab\.yaml[^\n]*\n([\s\S]*?)```/g);
    expect(await read('studies/lab.yaml')).toContain(quoted);
  });

  it('names every output of a study', async () => {
    const written = allOf(await read('activities/analysis/write-outputs.ts'), /join\(directory, '([a-z.]+)'/g);
    expect(written).toContain('results.json');
    const [outputs = ''] = allOf(readme, /Outputs in `runs\/lab\/`: ([\s\S]*?)\.\n/g);
    expect([...new Set(written)].filter((name) => !new RegExp(`\`${name}/?\``).test(outputs))).toEqual([]);
  });

  it('lists every command, and none besides', () => {
    const [list = ''] = allOf(readme, /## Commands\n([\s\S]*?)\n## /g);
    expect(allOf(list, /^\.\/etude ([a-z-]+)/gm).sort()).toEqual([...COMMANDS].sort());
  });
});

describe('docs/lab.md', () => {
  it('shows faults that the lab takes', () => {
    const [example = ''] = allOf(texts.get('docs/lab.md') ?? '', /```json\n([\s\S]*?)```/g);
    expect(faultsSchema.parse(JSON.parse(example))).toMatchObject({ seed: 7, retryAfterSeconds: 1 });
  });
});
