/** The text, cell or call that a person names: as `tiny/1,2/k3/held-out/7`, or by the first digits of a request key. */
import type { TextRef } from '../../contracts/activities.ts';
import { UserError } from '../../contracts/failures.ts';
import { composeId } from '../../contracts/ids.ts';
import type { ComposeList, Plan } from '../../contracts/plan.ts';
import { planCells, requireCell, type PlanCell } from './plan-cells.ts';

export type Named =
  | { readonly kind: 'cell'; readonly cell: PlanCell }
  | { readonly kind: 'list'; readonly list: ComposeList; readonly path: string }
  | { readonly kind: 'text'; readonly ref: TextRef; readonly path: string }
  | { readonly kind: 'call'; readonly prefix: string };

const KEY = /^[0-9a-f]{6,64}$/;
/** The place of a text in its cell, and which of its answers. */
const PLACE = /^(\d+)(?:\.(\d+))?$/;

/** Throws `UserError` with what is nearest. */
export function findText(plan: Plan, hash: string, written: string): Named {
  const { name } = plan.science;
  const path = written.replace(/\/+$/, '').replace(new RegExp(`^${escape(name)}/(?:evaluate/)?`), '');
  if (KEY.test(path)) return { kind: 'call', prefix: path };
  const parts = path.split('/');
  const place = PLACE.exec(parts.at(-1) ?? '');
  const parent = parts.slice(0, -1).join('/');
  if (path.startsWith('compose')) return findComposed(plan, hash, place ? { path: parent, place } : { path });
  const isCell = planCells(plan).some((cell) => cell.path === path);
  if (isCell || !place) return { kind: 'cell', cell: requireCell(plan, path) };
  const cell = requireCell(plan, parent);
  const [index, generation] = [Number(place[1]), Number(place[2] ?? 0)];
  const { generations } = plan.science.evaluation;
  requireBelow(index, plan.evaluation[cell.list]?.items.length ?? 0, parent);
  if (generation >= generations)
    throw new UserError(`${parent} has ${generations} answers to each combination.`, `Name .0 to .${generations - 1}.`);
  const ref = { kind: 'evaluate', plan: hash, list: cell.list, index, generation, tuned: cell.tuned } as const;
  return { kind: 'text', ref, path: `${cell.path}/${index}.${generation}` };
}

function findComposed(
  plan: Plan,
  hash: string,
  { path, place }: { readonly path: string; readonly place?: RegExpExecArray },
): Named {
  const paths = plan.compose.map((composing) => composeId('', composing).slice(1));
  const list = paths.indexOf(path);
  if (list < 0) throw new UserError(`There are no texts ${path}.`, `Training texts: ${paths.join(', ') || 'none'}.`);
  if (!place) return { kind: 'list', list, path };
  const index = Number(place[1]);
  requireBelow(index, plan.compose[list]?.items.length ?? 0, path);
  return { kind: 'text', ref: { kind: 'compose', plan: hash, list, index }, path: `${path}/${index}` };
}

function requireBelow(index: number, count: number, path: string): void {
  if (index < count) return;
  throw new UserError(
    `${path} has ${count} combinations.`,
    count > 0 ? `Name 0 to ${count - 1}.` : 'Name another one.',
  );
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
