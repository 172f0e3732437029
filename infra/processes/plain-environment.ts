/** Variables for processes that need no API key: enough to find programs, folders, languages and certificates. */
const INHERITED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|LD_LIBRARY_PATH|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|TSX_TSCONFIG_PATH)$/;

/** The environment without secrets: only variables on the list pass, so that an unknown key cannot leak (invariant 7). */
export const plainEnvironment = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => INHERITED.test(name)));
