/** The project's own folder. */
export const ROOT: string;
/** Kept outside the checkout, so that a second clone finds what the first one built. */
export function cacheFolder(env: NodeJS.ProcessEnv): string;
