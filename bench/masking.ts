import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createSocketClient } from '@sallyport/client/socket'
import type { DaemonTarget } from './daemon-target.ts'
import type { Target } from './target.ts'

/** As many as a project's .env has, as long as tokens are. */
export const SECRETS = 12
const SECRET_CHARACTERS = 40
const ENV_SET = 'bench-masking'
const BEGINNING = 'ghp_'
/** Keys that begin a secret, as far as they pass at once (SPEC O8), and one with which none goes on. */
export const FALSE_BEGINNING = `${BEGINNING.slice(0, 2)}x`

const secretOf = (index: number) => {
  const rest = randomBytes(SECRET_CHARACTERS).toString('base64url')
  return { name: `TOKEN_${index}`, value: (BEGINNING + rest).slice(0, SECRET_CHARACTERS) }
}

/** The same daemon with an env set for each of its sessions, whose values it looks for in all that they print. Nothing prints one. */
export const withSecrets = async (daemon: DaemonTarget): Promise<Target> => {
  // On the socket: from the web it takes a fresh sign-in.
  const socketPath = join(daemon.dataDir, 'sallyport.sock')
  const { client, connection } = createSocketClient({ socketPath, reconnect: 'never' })
  try {
    const variables = Array.from({ length: SECRETS }, (_, index) => secretOf(index))
    await client.envSet.create.mutate({ name: ENV_SET, variables })
  } finally {
    connection.close()
  }
  return { ...daemon, run: (program) => daemon.run(program, [ENV_SET]) }
}
