import { AppError } from '@sallyport/api/errors'
import type { SpawnSession } from '@sallyport/api/keeper-port'
import { canMask } from '@sallyport/keeper-protocol/hello'
import type { KeptSession, SpawnRequest } from '@sallyport/keeper-protocol/keeper-router'
import { TRPCClientError } from '@trpc/client'
import type { KeeperLine } from './keeper-line.ts'

/** What the keeper refuses, it says in words for the person: the data dir is gone, the secrets are too large to be masked. */
const errorCodes: Readonly<Record<string, 'unavailable' | 'too_large'>> = {
  PRECONDITION_FAILED: 'unavailable',
  PAYLOAD_TOO_LARGE: 'too_large',
}

const throwInOurWords = (error: unknown): never => {
  const code = error instanceof TRPCClientError ? errorCodes[error.data?.code] : undefined
  if (code === undefined) throw error
  throw new AppError(code, `The session could not be started: ${(error as Error).message}.`, { cause: error })
}

/**
 * A keeper of an older release would leave the secrets out, as it does with all that it does not know, and record what the program prints of them.
 * @throws AppError `unavailable`
 */
const requireMasking = ({ hello }: KeeperLine): void => {
  if (canMask(hello)) return
  throw new AppError(
    'unavailable',
    `The keeper that runs is of version ${hello.version} and cannot mask secrets in output, so no session with an env set was started. ` +
      'End all sessions, and the old keeper with them: sallyport daemon stop --all. Then start again.',
  )
}

/** Runs a program on the keeper of this line. @throws AppError `unavailable`, `too_large` */
export const spawnSession = async (
  line: KeeperLine,
  request: SpawnSession,
  log: Pick<SpawnRequest, 'logDirectory' | 'logLimits'>,
): Promise<KeptSession> => {
  const { argv0, args, secrets, ...rest } = request
  if (secrets.length > 0) requireMasking(line)
  return line.control.spawn
    .mutate({
      ...rest,
      ...log,
      args: [...args],
      env: { ...request.env },
      secrets: [...secrets],
      ...(argv0 === undefined ? {} : { argv0 }),
    })
    .catch(throwInOurWords)
}
