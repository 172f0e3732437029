/** What differs between two plans, place by place: for a refused start and against the published study. */
import type { Plan } from '../../contracts/plan.ts';
import { canonicalJson } from '../basics/hash.ts';

/**
 * Lines like `compose.kept.1: 300 -> 200`. Of catalogs only the name is given; combinations follow from the other
 * differences.
 */
export function comparePlans(before: Plan, after: Plan): string[] {
  const lines = compareValues(before.science, after.science).map(({ place, change }) => `${place}: ${change}`);
  // Compared as canonical JSON, since a stored plan has its keys in another order.
  if (canonicalJson(before.catalog) !== canonicalJson(after.catalog))
    lines.push(`catalog ${after.catalog.name}: its skills, topics, prompts or rubric differ`);
  return lines.length > 0 ? lines : ['the combinations: another version of Etude draws them differently'];
}

export interface Difference {
  /** As `compose.kept.1`; elements of lists by their ids. */
  readonly place: string;
  readonly change: string;
}

type Mapping = Record<string, unknown>;
type Identified = Mapping & { readonly id: string };

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isIdentified = (value: unknown): value is Identified => isMapping(value) && typeof value['id'] === 'string';
const isList = (value: unknown): value is Identified[] => Array.isArray(value) && value.every(isIdentified);

/** Every leaf that differs. Lists of things with ids are compared by id, other lists as a whole. */
export function compareValues(before: unknown, after: unknown, place = ''): Difference[] {
  if (isList(before) && isList(after)) return compareLists(before, after, place);
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => compareValues(before[key], after[key], place === '' ? key : `${place}.${key}`));
  }
  const [old, now] = [show(before), show(after)];
  return old === now ? [] : [{ place, change: `${old} -> ${now}` }];
}

function compareLists(before: readonly Identified[], after: readonly Identified[], place: string): Difference[] {
  const without = (list: readonly Identified[], other: readonly Identified[]) =>
    list.filter(({ id }) => !other.some((candidate) => candidate.id === id));
  const [gone, added] = [without(before, after), without(after, before)];
  const names = (list: readonly Identified[]) => list.map(describeElement).join(', ') || 'none';
  const exchange = gone.length + added.length > 0 ? [{ place, change: `${names(gone)} -> ${names(added)}` }] : [];
  const common = after.filter((element) => !added.includes(element));
  const inner = common.flatMap((element) =>
    compareValues(
      before.find(({ id }) => id === element.id),
      element,
      `${place}.${element.id}`,
    ),
  );
  const reordered = exchange.length === 0 && before.some(({ id }, index) => after[index]?.id !== id);
  return [...exchange, ...(reordered ? [{ place, change: 'in another order' }] : []), ...inner];
}

/** An element that only one side has: its id, and its model, texts, base or skills in brackets. */
function describeElement(element: Identified): string {
  const { id, provider, model, take, base, skills, topics } = element;
  if (typeof model === 'string') return `${id} (${show(provider)}/${model})`;
  if (isMapping(take)) return `${id} (${showMapping(take)})`;
  if (isMapping(base)) return `${id} (${show(base['name'] ?? `pre-trained here, ${show(base['variant'])}`)})`;
  if (skills !== undefined && id !== skills) return `${id} (skills ${show(skills)}, topics ${show(topics)})`;
  return id;
}

const showMapping = (value: Mapping): string =>
  Object.entries(value)
    .map(([key, inner]) => `${key}: ${show(inner)}`)
    .join(', ');

function show(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(showInner).join(', ');
  if (isMapping(value)) return showInner(value);
  return typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 9 }) : String(value);
}

const showInner = (value: unknown): string =>
  isIdentified(value) ? describeElement(value) : isMapping(value) ? `{${showMapping(value)}}` : show(value);
