/**
 * Loaded before a program of the study (`node --import`). Makes its time of day wrong by as many milliseconds as the file
 * ETUDE_CHAOS_CLOCK says. Timers, `performance` and `hrtime` stay correct, as when somebody sets the clock of a machine.
 */
import { readFileSync } from 'node:fs';

const FILE = process.env.ETUDE_CHAOS_CLOCK;
const REREAD_MS = 100;
const rightNow = Date.now;
let wrongBy = 0;
let readAt = Number.NEGATIVE_INFINITY;

function now() {
  const at = performance.now();
  if (at - readAt >= REREAD_MS) {
    readAt = at;
    wrongBy = readClock();
  }
  return rightNow() + wrongBy;
}

function readClock() {
  try {
    return Number(readFileSync(FILE, 'utf8'));
  } catch {
    return wrongBy; // the file does not exist yet
  }
}

const RightDate = Date;
RightDate.now = now;
globalThis.Date = new Proxy(RightDate, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  apply: () => new RightDate(now()).toString(),
});
RightDate.prototype.constructor = globalThis.Date;
