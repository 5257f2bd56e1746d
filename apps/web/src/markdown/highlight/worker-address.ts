import address from "./worker.ts?worker&url";

interface Policy {
  createScriptURL(url: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy;
}

/**
 * Where the highlighter is, in the form that the page's content policy asks for: with Trusted Types no text becomes a
 * script's address, and the policy of this name is the only one that may be made, once. It knows one address.
 */
export function workerAddress(): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy("highlight", { createScriptURL: () => address });
  return policy === undefined ? address : policy.createScriptURL("");
}
