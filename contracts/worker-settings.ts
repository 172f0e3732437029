/** What a worker process is told through its environment. */
import { z } from 'zod';

export const workerSettingsSchema = z.object({
  ETUDE_HOME: z.string().min(1),
  ETUDE_TEMPORAL_ADDRESS: z.string().min(1),
  ETUDE_TEMPORAL_NAMESPACE: z.string().default('default'),
  ETUDE_OWNER_PID: z.coerce.number().int().positive(),
  ETUDE_PYTHON: z.string().min(1),
  ETUDE_LAB_OPENAI: z.url().optional(),
  ETUDE_LAB_ANTHROPIC: z.url().optional(),
  // A wait for another sender's claim and a request of one's own must fit into the activity's five minutes.
  ETUDE_CALL_DEADLINE_SECONDS: z.coerce.number().positive().max(140).default(120),
});
