/** Study files for tests: the lab study with some keys changed, written where the caller wants it. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ROOT } from '../../infra/setup/settings.mjs';

type Document = Record<string, unknown>;

export const studyPath = (name: string): string => join(ROOT, 'studies', `${name}.yaml`);

/** A study of this checkout as plain values, before defaults. */
export const rawStudy = (name = 'lab'): Document => parse(readFileSync(studyPath(name), 'utf8')) as Document;

export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'etude-studies-'));

/**
 * A study with the values at some places (`compose/kept/1`) replaced; `undefined` takes a key away. Its hypotheses are
 * left out: they name arms, settings and graders that a test may change.
 */
export function changeStudy(changes: Readonly<Record<string, unknown>>, name = 'lab'): Document {
  const { hypotheses: _hypotheses, ...study } = rawStudy(name);
  for (const [place, value] of Object.entries(changes)) setAt(study, place.split('/'), value);
  return study;
}

function setAt(target: Document, [key, ...rest]: readonly string[], value: unknown): void {
  if (key === undefined) return;
  if (rest.length > 0) {
    target[key] ??= {};
    setAt(target[key] as Document, rest, value);
  } else if (value === undefined) delete target[key];
  else target[key] = value;
}

export function writeStudy(folder: string, content: Document | string | Uint8Array, name = 'study.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' || content instanceof Uint8Array ? content : stringify(content));
  return path;
}
