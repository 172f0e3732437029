import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { findFreePorts, isPortFree } from '../../../infra/processes/free-ports.ts';

describe('free ports', () => {
  it('are all different', async () => {
    const ports = await findFreePorts(20);
    expect(new Set(ports).size).toBe(20);
  });

  it('are told from those in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).toBe(true);
  });
});
