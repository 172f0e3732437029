/**
 * Lets a process outlive the disk that its log lies on: a line that finds the disk full is dropped. Otherwise it would
 * end the process, and with it replies that are paid for and wait for the ledger to take them.
 */
export function outliveFullLog(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
    });
}
