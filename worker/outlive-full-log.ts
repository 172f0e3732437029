/**
 * Drops log lines while the disk is full. Otherwise a failed write of the log would end the process, and with it replies
 * that are paid for and not yet in the ledger.
 */
export function outliveFullLog(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
    });
}
