/**
 * What a process has read of each list of composed texts. Replies in the ledger never change, so every text is read once,
 * however many callers want it at once; only failures that are set aside to be tried again make another list.
 */
import type { ComposeList, Plan } from '../../contracts/plan.ts';
import { decideKept, type KeptDecision } from '../../domain/corpus/corpus.ts';
import { checkerOf } from '../../domain/rubric/rubric-checks.ts';
import { countAllSetAside } from '../ledger/arms/amendments.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';
import { composePlan, readComposed, type CorpusText } from './read-composed.ts';

class ComposedTexts {
  readonly #ledger: Ledger;
  readonly #plan: Plan;
  readonly #list: ComposeList;
  /** The first texts of the list, as far as they are composed. */
  readonly #texts: CorpusText[] = [];
  #reading: Promise<unknown> = Promise.resolve();
  /** The last decision that was made: over so many texts. */
  #decided: { readonly texts: number; readonly decision: KeptDecision } | undefined;

  constructor(ledger: Ledger, plan: Plan, list: ComposeList) {
    this.#ledger = ledger;
    this.#plan = plan;
    this.#list = list;
  }

  /** Which of the first `count` texts are kept; undefined while they are not all composed. */
  async decide(count: number): Promise<KeptDecision | undefined> {
    // One reader at a time: the others find what it has read.
    const reading = this.#reading.then(() => this.#readTo(count));
    this.#reading = reading.catch(() => undefined);
    await reading;
    if (this.#texts.length < count) return undefined;
    if (this.#decided?.texts !== count)
      this.#decided = { texts: count, decision: decide(this.#plan, this.#list, this.first(count)) };
    return this.#decided.decision;
  }

  /** Those of the first `count` texts that were read. */
  first(count: number): readonly CorpusText[] {
    return this.#texts.slice(0, count);
  }

  async #readTo(count: number): Promise<void> {
    while (this.#texts.length < count) {
      const find = (key: string) => this.#ledger.find(key);
      const text = await readComposed(find, this.#plan, this.#list, this.#texts.length);
      if (!text) return;
      this.#texts.push(text);
    }
  }
}

function decide(plan: Plan, list: ComposeList, texts: readonly CorpusText[]): KeptDecision {
  const composing = composePlan(plan, list);
  const { keep, dedupe } = plan.science.compose;
  return decideKept(composing, texts, {
    keep,
    dedupe,
    rubric: plan.catalog.rubric,
    checkerOf: (combination) => checkerOf(plan.catalog, combination),
    target: composing.target,
    trainSkills: plan.partitions[composing.partition]?.sides.train.skills ?? [],
  });
}

interface Lists {
  /** How many calls and arms of the home had been set aside when these lists were begun. */
  readonly setAside: number;
  readonly lists: Map<ComposeList, ComposedTexts>;
}
/** By the hash of the plan. */
const known = new WeakMap<Ledger, Map<string, Lists>>();

export async function composedTexts(
  { ledger }: Pick<ActivityContext, 'ledger'>,
  plan: Plan,
  list: ComposeList,
): Promise<ComposedTexts> {
  const setAside = await countAllSetAside(ledger.tables);
  const ofLedger = known.get(ledger) ?? new Map<string, Lists>();
  known.set(ledger, ofLedger);
  const hash = hashOfPlan(plan);
  const found = ofLedger.get(hash);
  const { lists } = found?.setAside === setAside ? found : { lists: new Map<ComposeList, ComposedTexts>() };
  ofLedger.set(hash, { setAside, lists });
  const texts = lists.get(list) ?? new ComposedTexts(ledger, plan, list);
  lists.set(list, texts);
  return texts;
}
