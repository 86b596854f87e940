/** Argon2id with the parameters that OWASP names as the least: 19 MiB, two passes. Runs on Bun's own threads. */
const HOW = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const

export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(password, HOW)
}

export function verifyPassword(password: string, hash: string): Promise<boolean> {
  return Bun.password.verify(password, hash)
}
