import { describe, expect, it } from '@jest/globals';
import { NOTHING_SEEN, noticesBetween, type StudyState } from '../../../client/running/notices.ts';

const waits = (...subjects: string[]): StudyState => ({
  ...NOTHING_SEEN,
  waiting: new Map(subjects.map((subject) => [subject, `waiting for a person: ${subject}: no key`])),
});
const events = (before: StudyState, now: StudyState) =>
  noticesBetween('lab', before, now).map(({ event, message }) => `${event} | ${message}`);

describe('notices', () => {
  const cases: readonly [string, StudyState, StudyState, string[]][] = [
    ['nothing happened', NOTHING_SEEN, NOTHING_SEEN, []],
    ['something waits', NOTHING_SEEN, waits('a'), ['waiting | Study lab: waiting for a person: a: no key']],
    ['it waits on', waits('a'), waits('a'), []],
    ['another waits too', waits('a'), waits('a', 'b'), ['waiting | Study lab: waiting for a person: b: no key']],
    ['it waits no longer', waits('a'), NOTHING_SEEN, ['continues | Study lab continues: a no longer waits.']],
    ['it is resumed', waits('paused'), NOTHING_SEEN, ['continues | Study lab continues: it is resumed.']],
    [
      'one begins as another ends',
      waits('a'),
      waits('b'),
      ['waiting | Study lab: waiting for a person: b: no key', 'continues | Study lab continues: a no longer waits.'],
    ],
    [
      'a second arm fails',
      { ...NOTHING_SEEN, failedArms: ['FAILED tiny/1'] },
      { ...NOTHING_SEEN, failedArms: ['FAILED tiny/1', 'FAILED tiny/1,2'] },
      ['arm failed | Study lab: FAILED tiny/1,2'],
    ],
    ['the disk fills', NOTHING_SEEN, { ...NOTHING_SEEN, disk: '900 MB left' }, ['disk | Study lab: 900 MB left']],
    ['it fills on', { ...NOTHING_SEEN, disk: '900 MB left' }, { ...NOTHING_SEEN, disk: '800 MB left' }, []],
    ['it has space again', { ...NOTHING_SEEN, disk: '900 MB left' }, NOTHING_SEEN, []],
  ];
  it.each(cases)('%s', (_, before, now, expected) => {
    expect(events(before, now)).toEqual(expected);
  });
});
