/**
 * A copy of this process's environment, from which keys are read by the name that a study gives. What the providers'
 * clients would take by themselves is removed from the process: keys, headers and addresses that belong to somebody else,
 * and their logs, which show what is sent (invariant 7).
 */
export function takeEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const taken = { ...env };
  for (const name of Object.keys(env)) if (/^(OPENAI|ANTHROPIC)_/.test(name)) delete env[name];
  return taken;
}
