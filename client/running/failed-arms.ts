import type { FailedArmRecord } from '../../contracts/results.ts';

/** A line for each arm that a study went on without: what failed, and why. */
export const describeFailedArms = (failed: readonly FailedArmRecord[]): string[] =>
  failed.map(({ student, arm, replicate, partition, details }) => {
    const which = [
      `${student}/${arm}`,
      ...(replicate > 0 ? [`replicate ${replicate}`] : []),
      ...(partition > 0 ? [`partition ${partition}`] : []),
    ];
    return `FAILED   ${which.join(', ')}, its cells are missing: ${details}`;
  });
