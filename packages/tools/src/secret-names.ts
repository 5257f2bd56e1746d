/** File and folder names that hold secrets wherever they lie; compared in lower case. */
const NAMES: ReadonlySet<string> = new Set([
  ".git",
  ".ssh",
  ".aws",
  ".azure",
  ".gnupg",
  ".kube",
  ".docker",
  ".netrc",
  ".pgpass",
  ".npmrc",
  ".pypirc",
  ".htpasswd",
  ".git-credentials",
  ".vault-token",
  "id_rsa",
  "id_dsa",
  "id_ecdsa",
  "id_ed25519",
]);

const ENDINGS = [".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".gpg", ".asc"] as const;

/** Whether a tool must leave a name alone: `.env` and its kin, keys, credentials, the insides of `.git`. */
export function isSecret(name: string): boolean {
  // Some file systems ignore case, and trailing dots and spaces.
  const plain = name.toLowerCase().replace(/[. ]+$/, "");
  return plain.startsWith(".env") || NAMES.has(plain) || ENDINGS.some((ending) => plain.endsWith(ending));
}
