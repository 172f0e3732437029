/**
 * The order of test files: whole studies first, so that none of them begins when the others have ended and runs alone on
 * one core. After that Jest's own order: by how long they took, as far as it knows that, or their size.
 */
import { createRequire } from 'node:module';

const Sequencer = createRequire(import.meta.url)('@jest/test-sequencer').default;
const LONG = ['/tests/chaos/chaos.', '/tests/study/', '/tests/trainer/', '/tests/safety/two-homes.'];

export default class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const at = LONG.findIndex((part) => path.includes(part));
      return at === -1 ? LONG.length : at;
    };
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other));
  }
}
