/**
 * Etude's search for near-duplicates beside rensa's, which is installed into a folder of its own. Prints one line of JSON a
 * run. Run: `npm run bench:dedupe -- [--texts N] [--rounds N]`.
 */
import { Command } from 'commander';
import { measureDedupe } from './measure-dedupe.ts';

const { texts, rounds } = new Command()
  .option('--texts <n>', 'so many of 60 words', Number, 14_000)
  .option('--rounds <n>', 'of each', Number, 3)
  .parse()
  .opts<{ texts: number; rounds: number }>();
await measureDedupe(texts, rounds, (round) => console.log(JSON.stringify(round)));
