/** A failure whose message alone tells a person what went wrong and what to do; it is shown without a stack. */
export class Failure extends Error {}

/**
 * Runs a script's body. A `Failure` is printed as its message, anything else with its stack; both exit 1.
 *
 * @param {() => Promise<void>} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    process.exit(1);
  }
}
