/** Settings that a worker process reads from its environment. */
import { z } from 'zod';

export const workerSettingsSchema = z.object({
  ETUDE_HOME: z.string().min(1),
  ETUDE_TEMPORAL_ADDRESS: z.string().min(1),
  ETUDE_TEMPORAL_NAMESPACE: z.string().default('default'),
  /** `yes`: Temporal's own settings (TLS, API key) serve the connection; the home's own server has none. */
  ETUDE_TEMPORAL_SHARED: z.enum(['yes', 'no']),
  ETUDE_OWNER_PID: z.coerce.number().int().positive(),
  ETUDE_PYTHON: z.string().min(1),
  /** A file of `clusters/`, where trainings and servers run; without it, on this machine. */
  ETUDE_CLUSTER: z.string().min(1).optional(),
  ETUDE_LAB_OPENAI: z.url().optional(),
  ETUDE_LAB_ANTHROPIC: z.url().optional(),
  // A call may wait for another worker's claim to expire and then send its own request; both must fit into the five
  // minutes of the activity.
  ETUDE_CALL_DEADLINE_SECONDS: z.coerce.number().positive().max(140).default(120),
});
