/** Why a line cannot be imported; never repeats what it holds. */
export class ImportError extends Error {}
