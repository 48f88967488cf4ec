import { AppError } from '../../errors.ts'
import type { Caller } from './caller.ts'
import { type CreateDependencies, type CreatedSession, createSession } from './create-session.ts'

/**
 * `session.runAgain`: the same command, directory, size, billing and environment, under the same name if that is free. Env sets are those of the same ids, with
 * the values that they have now.
 */
export const runAgain = async (deps: CreateDependencies, ref: string, caller: Caller): Promise<CreatedSession> => {
  const { id, provider, command, billing, envSets, cwd, name, cols, rows } = await deps.sessions.find(ref)
  const { isComplete, variables, umask } = await deps.store.environment(id)
  const same = { provider, command: [...command], billing, cwd, env: { ...variables }, envIsComplete: isComplete }
  const refs = envSets.map((set) => set.id)
  const request = { ...same, envSets: refs, cols, rows, ...(umask === undefined ? {} : { umask }) }
  const openForSession = () =>
    deps.envSets.openForSession(refs).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.errorCode !== 'not_found') throw error
      // It would name an id, which nobody has seen before.
      const names = envSets.map((set) => set.name).join(', ')
      throw new AppError('not_found', `${name} had the env sets ${names}, and not all of them exist any more.`)
    })
  return createSession({ ...deps, envSets: { ...deps.envSets, openForSession } }, request, {
    caller,
    again: { name, command },
  })
}
