/**
 * Where unit tests run: every *.test.ts that is not a *.live.test.ts. What would open a socket, start a process or load
 * Temporal's native core throws, and fails the file also when the error is caught, so that no live test stays among them.
 */
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import net from 'node:net';
import { relative } from 'node:path';
import { TestEnvironment } from 'jest-environment-node';

export default class UnitEnvironment extends TestEnvironment {
  #file;
  #undo = [];
  #tried = new Set();

  constructor(config, context) {
    super(config, context);
    this.#file = relative(config.globalConfig.rootDir, context.testPath);
  }

  async setup() {
    await super.setup();
    this.#forbid('opens a socket', net.Socket.prototype, 'connect');
    this.#forbid('opens a socket', net.Server.prototype, 'listen');
    this.#forbid('opens a socket', dgram.Socket.prototype, 'bind', 'send');
    this.#forbid('starts a process', childProcess.ChildProcess.prototype, 'spawn');
    this.#forbid('starts a process', childProcess, 'spawnSync', 'execSync', 'execFileSync');
    const refuse = () => this.#refuse('loads the native core of Temporal');
    this.#replace(process, 'dlopen', (before) => (module, path, ...rest) => {
      if (path.includes('@temporalio')) refuse();
      return before.call(process, module, path, ...rest);
    });
  }

  /** Also what caught the error has to be found. */
  async handleTestEvent(event) {
    if (event.name === 'test_done' && this.#tried.size > 0 && event.test.errors.length === 0)
      event.test.errors.push(new Error(this.#explain([...this.#tried].join(' and '))));
  }

  async teardown() {
    for (const undo of this.#undo.reverse()) undo();
    await super.teardown();
  }

  #forbid(what, object, ...names) {
    for (const name of names) this.#replace(object, name, () => () => this.#refuse(what));
  }

  #replace(object, name, make) {
    const before = object[name];
    object[name] = make(before);
    this.#undo.push(() => (object[name] = before));
  }

  #refuse(what) {
    this.#tried.add(what);
    throw new Error(this.#explain(what));
  }

  #explain(what) {
    const live = this.#file.replace(/\.test\.ts$/, '.live.test.ts');
    return `${this.#file} is a unit test and ${what}: name it ${live}, or have it do without.`;
  }
}
