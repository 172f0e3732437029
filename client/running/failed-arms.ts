import type { FailedArmRecord } from '../../contracts/results.ts';

/** One line for each arm that failed and whose cells the study reports as missing: which one, and why. */
export const describeFailedArms = (failed: readonly FailedArmRecord[]): string[] =>
  failed.map(({ student, arm, replicate, partition, details }) => {
    const which = [
      `${student}/${arm}`,
      ...(replicate > 0 ? [`replicate ${replicate}`] : []),
      ...(partition > 0 ? [`partition ${partition}`] : []),
    ];
    return `FAILED   ${which.join(', ')}, its cells are missing: ${details}`;
  });
