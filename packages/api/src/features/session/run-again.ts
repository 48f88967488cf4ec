import type { Caller } from './caller.ts'
import { type CreateDependencies, type CreatedSession, createSession } from './create-session.ts'

/** `session.runAgain`: the same command, directory, size and environment, under the same name if that is free. */
export const runAgain = async (deps: CreateDependencies, ref: string, caller: Caller): Promise<CreatedSession> => {
  const { id, provider, command, cwd, name, cols, rows } = await deps.sessions.find(ref)
  const { isComplete, variables, umask } = await deps.store.environment(id)
  const same = { provider, command: [...command], cwd, env: { ...variables }, envIsComplete: isComplete, cols, rows }
  const request = umask === undefined ? same : { ...same, umask }
  return createSession(deps, request, { caller, wish: { like: name } })
}
