/** The command cannot be carried out; the message says what to do about it, in one line. */
export class CommandFailure extends Error {}
