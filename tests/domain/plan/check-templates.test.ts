import { describe, expect, it } from '@jest/globals';
import type { Catalog } from '../../../contracts/catalog.ts';
import { checkTemplates } from '../../../domain/plan/check-templates.ts';
import { parseCatalog, polynomials } from '../../support/checked-catalog.ts';

const { prompts, rubric } = polynomials;
const teacher = (...turns: string[]) =>
  parseCatalog(polynomials, { prompts: { ...prompts, teacher: { default: { turns } } } });
const grader = (turn: string) => parseCatalog(polynomials, { prompts: { ...prompts, grader: { default: { turn } } } });
const ruled = (change: object) => parseCatalog(polynomials, { rubric: { ...rubric, ...change } });
const point = (change: object) => ruled({ points: [{ id: 'topic', label: 'on topic', ...change }] });

function refusal(catalog: Catalog): { message: string; remedy: string } {
  try {
    checkTemplates(catalog);
  } catch (error) {
    return error as { message: string; remedy: string };
  }
  throw new Error('nothing was refused');
}

describe('the templates of a catalog', () => {
  it('may name all that they see, also from within a section', () => {
    const turns = [
      '{{#skills}}{{number}} of {{k}}: {{name}} ({{data.apply}}){{^last}}, {{topic}}{{/last}}{{/skills}}',
      '{{#several}}{{{skillNames}}}{{/several}}{{^many}}{{&limitWords}}{{/many}}{{#topicData}}{{start}}{{/topicData}}{{! no}}',
    ];
    expect(() => checkTemplates(teacher(...turns))).not.toThrow();
    expect(() => checkTemplates(grader('{{text}}{{#rows}}{{number}} {{label}} {{topic}}{{/rows}}'))).not.toThrow();
    expect(() => checkTemplates(ruled({ skillLabel: '{{name}} {{data.apply}}' }))).not.toThrow();
  });

  it('may have a section for data that not every catalog has', () => {
    const hints = '{{#skills}}{{#data.hint}}Hint: {{.}} or {{data.hint}}{{/data.hint}}{{/skills}}';
    expect(() => checkTemplates(teacher(`${hints}{{^topicData.note}}{{topic}}{{/topicData.note}}`))).not.toThrow();
    expect(refusal(teacher('{{#skills}}{{#data.hint}}{{nam}}{{/data.hint}}{{/skills}}')).message).toContain('"nam"');
    expect(refusal(teacher('{{.}}')).message).toContain('"."');
  });

  it.each<[string, Catalog, string, string | undefined]>([
    ['of a teacher', teacher('{{topic}}', '{{topik}}'), 'teacher.default.turns, turn 2: "topik"', 'topic'],
    ['in a section', teacher('{{#skills}}{{nam}}{{/skills}}'), 'turn 1: "nam"', 'name'],
    ['around a section', teacher('{{#skils}}{{topic}}{{/skils}}'), 'turn 1: "skils"', 'skills'],
    ['after "not"', teacher('{{^severall}}one{{/severall}}'), 'turn 1: "severall"', 'several'],
    ['of data', teacher('{{topicData.begin}}'), 'turn 1: "topicData.begin"', undefined],
    ['of a skill outside its section', teacher('{{definition}}'), 'turn 1: "definition"', undefined],
    ['that only a grader sees', teacher('{{text}}'), 'turn 1: "text"', undefined],
    ['of a grader', grader('{{txt}}'), 'prompts checked: grader.default.turn: "txt"', 'text'],
    ['of a label', ruled({ skillLabel: '{{topic}}' }), 'rubric.skillLabel: "topic"', undefined],
    ['of a point', point({ label: '{{topics}}' }), 'rubric.points.topic.label: "topics"', 'topic'],
    ['of a pattern', point({ check: { kind: 'pattern', matches: '{{toppic}}' } }), 'check.matches: "toppic"', 'topic'],
    ['of a value', point({ check: { kind: 'equals', to: '{{topicData.stat}}' } }), 'check.to', 'topicData.start'],
  ])('are refused with a name %s that is not there, with its place and the nearest one', (_, catalog, place, near) => {
    const { message, remedy } = refusal(catalog);
    expect(message).toContain(place);
    expect(message).toContain('is not known');
    if (near === undefined) expect(remedy).toContain('Known here: ');
    else expect(remedy).toContain(`Did you mean "${near}"?`);
  });

  it('are refused when they cannot be read, or name another template', () => {
    expect(refusal(teacher('{{#skills}}{{name}}')).message).toContain('turn 1: Unclosed section "skills"');
    expect(refusal(teacher('{{>shared}}')).message).toContain('{{>shared}} names another template');
  });
});
