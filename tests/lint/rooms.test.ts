import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PROJECT } from '../support/scratch.ts';
import { readCode, type CodeFile } from './walk-imports.ts';

/** Files of code that may lie in one folder, and how many where there is a reason. */
const MOST_FILES = 20;
const MOST_EXCUSED = 25;
const EXCUSED: Readonly<Record<string, string>> = {
  'trainer/etude_trainer': 'one Python package: modules side by side behind one command line',
};

const code = readCode();
const isTest = (path: string): boolean => /^(skill-mix\/)?tests\/|^bench\/|^chaos\//.test(path);

function groupByFolder(files: readonly CodeFile[]): Map<string, CodeFile[]> {
  const folders = new Map<string, CodeFile[]>();
  for (const file of files) {
    const folder = dirname(file.path);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return folders;
}

/** By folder, the other folders that its files import from. */
function importsOfFolders(files: readonly CodeFile[]): Map<string, Set<string>> {
  const ours = new Set(files.map(({ path }) => path));
  return new Map(
    [...groupByFolder(files)].map(([folder, within]) => {
      const imported = within.flatMap(({ imports }) => imports.filter(({ to }) => ours.has(to)));
      return [folder, new Set(imported.map(({ to }) => dirname(to)).filter((other) => other !== folder))];
    }),
  );
}

/** A circle in a graph, or nothing: what only leads to nodes without a way on is taken away until nothing changes. */
function findCircle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const left = new Map(graph);
  const next = (node: string) => [...(left.get(node) ?? [])].find((other) => left.has(other));
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const node of [...left.keys()]) if (next(node) === undefined) left.delete(node);
  }
  const way: string[] = [];
  for (let node = [...left.keys()][0]; node !== undefined; node = next(node)) {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    way.push(node);
  }
  return [];
}

/** Files and packages that come along with `starts` at run time. */
function closureOf(starts: readonly CodeFile[]): string[] {
  const byPath = new Map(code.map((file) => [file.path, file]));
  const reached = new Set(starts.map(({ path }) => path));
  for (const path of reached) for (const { to, type } of byPath.get(path)?.imports ?? []) if (!type) reached.add(to);
  return [...reached];
}

describe('the tree', () => {
  it('is read whole', () => {
    expect(code.length).toBeGreaterThan(300);
    expect(code.flatMap(({ imports }) => imports).length).toBeGreaterThan(1_000);
    // Every relative import leads to a file, so that none is overlooked.
    const paths = new Set(code.map(({ path }) => path));
    const lost = code.flatMap(({ path, imports }) =>
      imports.filter(({ to }) => to.includes('/') && to.endsWith('.ts') && !paths.has(to)).map(({ to }) => [path, to]),
    );
    expect(lost).toEqual([]);
  });

  it('has no circle between folders', () => {
    expect(findCircle(importsOfFolders(code))).toEqual([]);
  });

  it('would show a circle, were there one', () => {
    const graph = new Map([
      ['start', new Set(['a'])],
      ['a', new Set(['b', 'end'])],
      ['b', new Set(['c'])],
      ['c', new Set(['a'])],
      ['end', new Set<string>()],
    ]);
    expect(findCircle(graph)).toEqual(['a', 'b', 'c', 'a']);
    graph.set('c', new Set(['end']));
    expect(findCircle(graph)).toEqual([]);
  });

  it('has no crowded folder', () => {
    const sizes = [...groupByFolder(code)].map(([folder, { length }]) => ({ folder, length }));
    const crowded = sizes.filter(({ length }) => length > MOST_FILES);
    expect(crowded.map(({ folder }) => folder)).toEqual(Object.keys(EXCUSED));
    expect(crowded.filter(({ length }) => length > MOST_EXCUSED)).toEqual([]);
  });

  it('has no file above the limits', () => {
    const long = code.filter(({ path, lines }) => lines > (isTest(path) ? 400 : 300));
    expect(long.map(({ path, lines }) => [path, lines])).toEqual([]);
  });
});

describe('the tree in README.md', () => {
  /** The names at the start of a line, those of inner rooms below the folder that they are in. */
  function listRooms(): string[] {
    const readme = readFileSync(join(PROJECT, 'README.md'), 'utf8');
    const tree = readme.slice(readme.indexOf('## The tree')).split('```')[1] ?? '';
    let folder = '';
    return [...tree.matchAll(/^( {2})?([\w-]+)\/ +\S/gm)].map(([, inner, name = '']) => {
      if (!inner) folder = name;
      return inner ? `${folder}/${name}` : name;
    });
  }
  const folders = [...new Set(code.map(({ path }) => dirname(path).split('/').slice(0, 2).join('/')))];

  it('has every room with code', () => {
    // Tests mirror the source, and the trainer is a package of its own.
    const rooms = folders.filter((folder) => folder !== '.' && !/^(tests|skill-mix\/tests|trainer)\b/.test(folder));
    expect(rooms.length).toBeGreaterThan(30);
    expect(rooms.filter((room) => !listRooms().includes(room))).toEqual([]);
  });

  it('has no room that is not there', () => {
    expect(listRooms().filter((room) => !existsSync(join(PROJECT, room)))).toEqual([]);
  });
});

describe('the bundle of the workflows', () => {
  it('holds nothing but workflows/, contracts/ and Temporal, as the hash of its cache covers no more', () => {
    const bundled = closureOf(code.filter(({ path }) => path.startsWith('workflows/')));
    const foreign = bundled.filter((to) => !/^(workflows|contracts)\/|^@temporalio\/(workflow|common)$/.test(to));
    expect(foreign).toEqual([]);
    expect(bundled.some((to) => to.startsWith('contracts/'))).toBe(true);
  });
});
