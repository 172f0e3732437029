import { checkClock } from './check-clock.ts';
import { checkGpus } from './check-gpus.ts';
import { checkHub } from './check-hub.ts';
import { checkMachine } from './check-machine.ts';
import { checkModels } from './check-models.ts';
import type { Check } from './check.ts';

/** In the order in which their findings are printed. */
export const CHECKS: Readonly<Record<string, Check>> = {
  machine: checkMachine,
  gpus: checkGpus,
  clock: checkClock,
  models: checkModels,
  hub: checkHub,
};
