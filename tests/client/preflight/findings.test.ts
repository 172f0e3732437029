import { expect, it } from '@jest/globals';
import { judge } from '../../../client/preflight/check-clock.ts';
import { explain } from '../../../client/preflight/check-hub.ts';
import { describeFinding } from '../../../client/preflight/run-preflight.ts';

const MINUTE = 60_000;

it.each([
  [0, 'ok', /within/],
  [-4 * MINUTE, 'ok', /within/],
  [6 * MINUTE, 'warning', /6 minutes behind/],
  [-3 * 60 * MINUTE, 'warning', /180 minutes ahead/],
])('a clock that a server is ahead of by %d ms is %s', (off, state, found) => {
  expect(judge('https://there', off)).toMatchObject({ state, found: expect.stringMatching(found) });
});

it.each([
  [401, false, /gated/, /licence.*set HF_TOKEN/],
  [403, true, /gated/, /with the account of HF_TOKEN/],
  [404, true, /no such model/, /base\.revision/],
  [500, true, /status 500/, /later/],
])('status %d of the hub (token: %p) is told with its remedy', (status, hasToken, found, remedy) => {
  const said = explain(status, 'org/model', hasToken);
  expect(said.found).toMatch(found);
  expect(said.remedy).toMatch(remedy);
});

it.each([
  [{ subject: 'disk', state: 'ok', found: '9 GB are free' }, 'ok       disk: 9 GB are free'],
  [{ subject: 'disk', state: 'failed', found: 'full', remedy: 'Free some.' }, 'FAILED   disk: full. Free some.'],
  [{ subject: 'GPU', state: 'warning', found: 'none', remedy: 'Wait.' }, 'WARNING  GPU: none. Wait.'],
] as const)('a finding is one line: %j', (finding, line) => {
  expect(describeFinding(finding)).toBe(line);
});
