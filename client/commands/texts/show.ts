/** `etude show STUDY [WHAT]`: a cell, a text or a call, with the exact prompts and replies. Only reads. */
import { readText, type ShownText } from '../../../activities/analysis/read-text.ts';
import type { TextRef } from '../../../contracts/activities.ts';
import { UserError } from '../../../contracts/failures.ts';
import { composeId } from '../../../contracts/ids.ts';
import { visibleText } from '../../../domain/basics/visible-text.ts';
import { findText } from '../../../domain/plan/find-text.ts';
import { planCells } from '../../../domain/plan/plan-cells.ts';
import { requireHome, resolveHomeDirectory } from '../../../infra/home/open-home.ts';
import { openOffline, type OfflineStudy } from '../../home/offline-study.ts';
import { describeCall, describeText } from '../../terminal/show-text.ts';
import type { Terminal } from '../../terminal/terminal.ts';

export async function showTexts(
  study: string,
  what: string | undefined,
  options: { readonly home?: string },
  terminal: Terminal,
): Promise<void> {
  terminal.endWithReader();
  const home = requireHome(resolveHomeDirectory(options.home));
  await openOffline(home, study, async (opened) => {
    if (what === undefined) return showCells(opened, terminal);
    const named = findText(opened.plan, opened.known.plan, what);
    if (named.kind === 'call') return showCall(opened, named.prefix, terminal);
    if (named.kind === 'text') return showText(opened, named, terminal);
    const [path, refs] =
      named.kind === 'cell'
        ? [named.cell.path, textsOfCell(opened, named.cell)]
        : [named.path, textsOfList(opened, named)];
    return showList(opened, { path, refs }, terminal);
  });
}

function showCells({ plan }: OfflineStudy, terminal: Terminal): void {
  const { name } = plan.science;
  const cells = planCells(plan).map(({ path, list }) => ({ path, texts: plan.evaluation[list]?.items.length ?? 0 }));
  const lists = plan.compose.map((composing) => ({
    path: composeId('', composing).slice(1),
    texts: composing.items.length,
  }));
  terminal.finish({ study: name, cells, lists }, () => {
    for (const { path, texts } of [...lists, ...cells])
      terminal.say(`${path}  ${texts.toLocaleString('en')} combinations`);
    const example = cells[0]?.path ?? lists[0]?.path ?? 'CELL';
    terminal.say(
      `See one: \`./etude show ${name} ${example}\`, and a text of it: \`./etude show ${name} ${example}/0\`.`,
    );
  });
}

async function showCall({ context }: OfflineStudy, prefix: string, terminal: Terminal): Promise<void> {
  const [key, ...others] = await context.ledger.listKeys(prefix, 6);
  if (key === undefined)
    throw new UserError(
      `No call has a request key that begins with ${prefix}.`,
      'Keys are shown with each text: `./etude show STUDY TEXT`.',
    );
  if (others.length > 0)
    throw new UserError(
      `Several request keys begin with ${prefix}.`,
      `Write more of it: ${[key, ...others].map((one) => one.slice(0, prefix.length + 8)).join(', ')}.`,
    );
  const found = await context.ledger.findRequest(key);
  if (!found) throw new UserError(`Call ${key} is gone.`, 'Run the command again.');
  const shown = { key, request: found.request, call: found.reply };
  terminal.finish({ ...shown, at: found.at }, () => {
    for (const line of describeCall(shown)) terminal.say(line);
    terminal.say(`kept at ${found.at}`);
  });
}

async function showText(
  { context, plan }: OfflineStudy,
  { ref, path }: { readonly ref: TextRef; readonly path: string },
  terminal: Terminal,
): Promise<void> {
  const shown = await readText(context, plan, ref);
  terminal.finish({ text: path, ...shown }, () => {
    for (const line of describeText(plan, path, shown)) terminal.say(line);
  });
}

interface Place {
  readonly name: string;
  readonly ref: TextRef;
}

function textsOfCell(
  { plan, known }: OfflineStudy,
  { list, tuned }: { readonly list: number; readonly tuned: Extract<TextRef, { kind: 'evaluate' }>['tuned'] },
): Place[] {
  const items = plan.evaluation[list]?.items ?? [];
  const { generations } = plan.science.evaluation;
  return items.flatMap((_, index) =>
    Array.from({ length: generations }, (__, generation) => ({
      name: generations > 1 ? `${index}.${generation}` : String(index),
      ref: { kind: 'evaluate' as const, plan: known.plan, list, index, generation, tuned },
    })),
  );
}

const textsOfList = ({ plan, known }: OfflineStudy, { list }: { readonly list: number }): Place[] =>
  (plan.compose[list]?.items ?? []).map((_, index) => ({
    name: String(index),
    ref: { kind: 'compose' as const, plan: known.plan, list, index },
  }));

const SHOWN_OF_TEXT = 90;

/** A line for each text: how it ended, the points of each grading, and how it begins. */
async function showList(
  { context, plan }: OfflineStudy,
  { path, refs }: { readonly path: string; readonly refs: readonly Place[] },
  terminal: Terminal,
): Promise<void> {
  const rows: { text: string; end: string; points: Record<string, string>; begins: string }[] = [];
  for (const { name, ref } of refs)
    rows.push({ text: `${path}/${name}`, ...summarise(await readText(context, plan, ref)) });
  terminal.finish({ path, texts: rows }, () => {
    for (const { text, end, points, begins } of rows) {
      const graded = Object.entries(points).map(([grader, given]) => `${grader} ${given}`);
      terminal.say([text, end, ...graded, begins].filter(Boolean).join('  '));
    }
    terminal.say(`See one whole: \`./etude show ${plan.science.name} ${path}/0\`.`);
  });
}

function summarise({ written, gradings, labels }: ShownText) {
  const points: Record<string, string> = {};
  for (const { grader, outcome } of gradings) {
    const sum = outcome.end === 'graded' ? outcome.points.reduce((total, point) => total + point, 0) : undefined;
    const said = sum === undefined ? outcome.end : `${Number(sum.toFixed(2))}/${labels.length}`;
    points[grader] = points[grader] === undefined ? said : `${points[grader]}, ${said}`;
  }
  const text = written.end === 'generated' ? written.text : '';
  const line = visibleText(text).replace(/\s+/g, ' ').trim();
  return { end: written.end, points, begins: line.length > SHOWN_OF_TEXT ? `${line.slice(0, SHOWN_OF_TEXT)}…` : line };
}
