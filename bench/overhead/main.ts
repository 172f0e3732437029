/**
 * What durability costs: composing by Etude's own path, by a plain loop over the openai client and, if wanted, by Inspect
 * AI, the same requests against the same lab, in turns. Prints one line of JSON a run, then seconds, CPU milliseconds a
 * call, and ratios. Run: `npm run bench:overhead -- [--calls N] [--in-flight N] [--latency MS] [--rounds N] [--ways A,B]`.
 */
import { Command } from 'commander';
import { measureOverhead, type Way } from './measure-overhead.ts';
import { summarise } from './summarise.ts';

const { ways, rounds, callsPerActivity, ...given } = new Command()
  .option('--calls <n>', 'calls of a round', Number, 4_002)
  .option('--in-flight <n>', 'requests at once', Number, 100)
  .option('--latency <ms>', 'of every reply', Number, 500)
  .option('--rounds <n>', 'of each', Number, 3)
  .option('--calls-per-activity <n>', 'of Etude; without it, as the product has it', Number)
  .option('--ways <list>', 'plain, etude, inspect', (list: string) => list.split(','), ['plain', 'etude'])
  .parse()
  .opts<{
    ways: Way[];
    calls: number;
    inFlight: number;
    latency: number;
    rounds: number;
    callsPerActivity?: number;
  }>();

const workload = {
  ...{ calls: given.calls, inFlight: given.inFlight, latencyMilliseconds: given.latency },
  ...(callsPerActivity !== undefined && { callsPerActivity }),
};
const measured = await measureOverhead(workload, { ways, rounds }, (run) => console.log(JSON.stringify(run)));
for (const line of summarise(measured)) console.log(line);
