/** Random runs as they really come: good and bad students, graders that disagree, short and long rows, named skills. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { LLAMA, makeGraded, makeTable, RELEASED, SKILLS, type Graded, type RunFolder } from './released-run.ts';

export interface RandomRun {
  readonly folder: Omit<RunFolder, 'directory'>;
  readonly rounds: readonly (readonly (readonly Graded[])[])[];
  readonly deductNames: boolean;
  readonly dropped: readonly string[];
}

type Draw = (below: number) => number;

export function makeRandomRun(seed: number): RandomRun {
  const generator = xoroshiro128plus(seed);
  const draw: Draw = (below) => uniformInt(generator, 0, below - 1);
  const k = 1 + draw(6);
  const gradings = 1 + draw(4);
  const size = draw(8) === 0 ? 100 + draw(60) : 1 + draw(30);
  const skill = 50 + draw(50);
  const combinations = Array.from({ length: size }, () => drawCombination(k, draw));
  return {
    folder: { k, layout: draw(3) === 0 ? LLAMA : RELEASED },
    rounds: Array.from({ length: 1 + draw(3) }, () => {
      const texts = combinations.map((one) => ({ ...one, ...drawText(one.skills, draw) }));
      const copied = draw(4) === 0;
      const files = Array.from({ length: gradings }, () => texts.map((text) => drawGrading(text, skill, draw)));
      return copied ? files.map(() => files.at(-1) ?? []) : files;
    }),
    deductNames: draw(2) === 0,
    dropped: draw(3) === 0 ? chooseDropped(combinations) : [],
  };
}

/** A skill that is in some combinations and not in all. */
function chooseDropped(combinations: readonly Pick<Graded, 'skills'>[]): string[] {
  const partial = SKILLS.find((skill) => new Set(combinations.map(({ skills }) => skills.includes(skill))).size === 2);
  return partial === undefined ? [] : [partial];
}

function drawCombination(k: number, draw: Draw): Pick<Graded, 'skills' | 'topic'> {
  const left = [...SKILLS];
  const skills = Array.from({ length: k }, () => left.splice(draw(left.length), 1)[0] ?? '');
  return { skills, topic: ['Sewing', 'Knots', 'The Ottoman Empire'][draw(3)] ?? '' };
}

function drawText(skills: readonly string[], draw: Draw): Pick<Graded, 'text' | 'limit'> {
  const name = (skills[draw(skills.length)] ?? '').split('(')[0]?.trim() ?? '';
  const text = draw(4) === 0 ? `A "${name.toUpperCase()}" it is, "said" she.` : 'It holds, so it flows.';
  return { text, limit: draw(8) === 0 ? '0.0' : '1.0' };
}

/** Mostly whole points; now and then halves, a list that is empty, too short or too long. */
function drawGrading(text: Pick<Graded, 'skills' | 'topic' | 'text' | 'limit'>, skill: number, draw: Draw): Graded {
  const point = (): string => (draw(40) === 0 ? '0.5' : draw(100) < skill ? '1.0' : '0.0');
  const full = Array.from({ length: text.skills.length + 3 }, point);
  const fault = draw(30);
  const points = fault === 0 ? [] : fault === 1 ? full.slice(0, -1 - draw(3)) : fault === 2 ? [...full, '1.0'] : full;
  return makeGraded({ ...text, points: points.join(','), reply: makeTable(full.join(',')) });
}
