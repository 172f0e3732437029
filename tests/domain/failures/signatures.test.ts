import { describe, expect, it } from '@jest/globals';
import { SIGNATURES, type Signature } from '../../../contracts/outputs/failure-description.ts';
import { canTell, placesOf, signaturesOf, type Judged, type PointPlaces } from '../../../domain/failures/signatures.ts';
import { catalog } from '../../support/measured-plan.ts';

/** Three skills, then topic, sense and length. */
const text = (changes: Partial<Judged>): Judged => ({
  end: 'generated',
  text: 'She sewed like rain falls, seam by seam.',
  k: 3,
  topicName: 'Sewing',
  points: [1, 1, 0, 1, 1, 1],
  names: [false, false, false],
  sentences: 'protocol',
  ...changes,
});
const places: PointPlaces = { topic: 0, length: 2 };
const of = (changes: Partial<Judged>): Signature[] => signaturesOf(text(changes), places);
const FULL = [1, 1, 1, 1, 1, 1];

describe('signatures of failure', () => {
  it('are none for full marks, however the text looks', () => {
    expect(of({ points: FULL, text: '- one\n- two\n- three', names: [true, true, true] })).toEqual([]);
  });

  it('are none for a failure that no rule names', () => {
    expect(of({})).toEqual([]);
  });

  it.each([
    ['refused', { end: 'refused', text: '', points: [0, 0, 0, 0, 0, 0] }, { end: 'generated' }],
    ['truncated', { end: 'truncated', text: '', points: [0, 0, 0, 0, 0, 0] }, { end: 'generated' }],
    ['empty', { text: ' …\n- "" ' }, { text: ' …\n- "a" ' }],
    ['lists', { text: 'One.\nTwo.\n\n3.' }, { text: 'One.\nTwo, three.\n…' }],
    ['lists', { text: 'A simile; a pun; a joke' }, { text: 'A simile; a pun, a joke; ' }],
    ['lists', { text: 'Here: • one • two' }, { text: 'Here: one • two' }],
    ['lists', { text: '- one\r\n- two\r\n- three' }, { text: '- one\r\n- two-three' }],
    ['one-by-one', { text: 'It rains. Who knows? Go on.' }, { text: 'It rains. Who knows, go on.' }],
    ['one-by-one', { text: 'I sew. Sewing? No one.' }, { text: 'Sewing calms. Sewing? Never.' }],
    ['too-long', { points: [1, 1, 1, 1, 1, 0] }, { points: [1, 1, 0, 1, 1, 0] }],
    ['too-long', { points: [1, 1, 1, 0, 0, 0] }, { points: [1, 1, 1, 0, 0, 1] }],
    ['off-topic', { points: [1, 1, 1, 0, 1, 1] }, { points: [1, 1, 1, 1, 0, 1] }],
    ['off-topic', { text: 'x', points: [0, 0, 0, 0, 0, 1] }, { text: ' … ' }],
    ['names', { names: [false, false, true] }, { names: [true, true, false] }],
  ] as [Signature, Partial<Judged>, Partial<Judged>][])(
    '%s: told from %j, and not from the nearest other',
    (signature, shows, not) => {
      expect(of(shows)).toContain(signature);
      expect(of({ ...shows, ...not })).not.toContain(signature);
    },
  );

  it('of composing are not told of a single skill, nor of a text that is not there', () => {
    const single = { k: 1, points: [0, 1, 1, 1], names: [false] };
    expect(of({ ...single, text: 'One.\nTwo. Three.' })).toEqual([]);
    expect(of({ end: 'refused', text: '', points: [0, 0, 0, 0, 0, 0], names: [true, true, true] })).toEqual([
      'refused',
    ]);
  });

  it('may be several: a long list of names off topic', () => {
    const shown = { text: 'A pun.\nA joke.\nA rhyme.', names: [true, true, true], points: [0, 0, 0, 0, 1, 0] };
    expect(of(shown)).toEqual(['lists', 'off-topic', 'names']);
  });

  it('need their points: without them their count is n/a', () => {
    const none: PointPlaces = { topic: undefined, length: undefined };
    expect(SIGNATURES.filter((signature) => !canTell(signature, none))).toEqual(['too-long', 'off-topic']);
    expect(signaturesOf(text({ points: [1, 1, 1] }), none)).toEqual([]);
    expect(signaturesOf(text({ points: [1, 1, 1, 0, 1, 0] }), none)).toEqual([]);
  });

  it('find the points by what they are, not by their ids', () => {
    const points = [
      { id: 'a', label: 'short', rule: 'sentence-limit' as const },
      { id: 'b', label: 'is about {{{ topic }}}' },
    ];
    expect(placesOf({ ...catalog.rubric, points })).toEqual({ topic: 1, length: 0 });
    expect(placesOf({ ...catalog.rubric, points: [{ id: 'topic', label: 'topic' }] })).toEqual({
      topic: undefined,
      length: undefined,
    });
  });
});
