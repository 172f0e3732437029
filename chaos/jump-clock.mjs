/**
 * Loaded before a program of the study (`node --import`): its time of day is wrong by as many milliseconds as the file
 * ETUDE_CHAOS_CLOCK says, from one moment to the next. What counts no time of day (timers, `performance`, `hrtime`) goes
 * on evenly, as where a person or the network sets the clock of a machine.
 */
import { readFileSync } from 'node:fs';

const FILE = process.env.ETUDE_CHAOS_CLOCK;
const LOOK_MS = 100;
const rightNow = Date.now;
let wrongBy = 0;
let looked = Number.NEGATIVE_INFINITY;

function now() {
  const at = performance.now();
  if (at - looked >= LOOK_MS) {
    looked = at;
    wrongBy = readClock();
  }
  return rightNow() + wrongBy;
}

function readClock() {
  try {
    return Number(readFileSync(FILE, 'utf8'));
  } catch {
    return wrongBy; // not set yet
  }
}

const RightDate = Date;
RightDate.now = now;
globalThis.Date = new Proxy(RightDate, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  apply: () => new RightDate(now()).toString(),
});
RightDate.prototype.constructor = globalThis.Date;
