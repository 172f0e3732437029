/** Removes near-duplicates from the texts of a file by Etude's own means, and prints what that took. A program of its own. */
import { readFileSync } from 'node:fs';
import { dedupe } from '../../domain/corpus/dedupe.ts';
import type { Deduping } from './measure-dedupe.ts';

const [file = '', near = '0.7'] = process.argv.slice(2);
const texts = (JSON.parse(readFileSync(file, 'utf8')) as string[]).map((text, index) => ({ index, text }));
// As rensa's loops are compiled, so are these.
dedupe(texts.slice(0, 2_000), { near: Number(near), shingle: 3 });
const resident = process.memoryUsage.rss();
const cpu = process.cpuUsage();
const start = performance.now();
const { dropped } = dedupe(texts, { near: Number(near), shingle: 3 });
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpu);
const megabytes = Math.max(0, process.resourceUsage().maxRSS * 1024 - resident) / 1e6;
const found: Deduping = { seconds, cpu: (user + system) / 1e6, megabytes, dropped: dropped.map(({ index }) => index) };
console.log(JSON.stringify(found));
