/** The project's own folder. */
export const ROOT: string;
