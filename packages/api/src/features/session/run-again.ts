import type { Caller } from './caller.ts'
import { type CreateDependencies, type CreatedSession, createSession } from './create-session.ts'

/** `session.runAgain`: the same command, directory, size and environment, under the same name if that is free. */
export const runAgain = async (deps: CreateDependencies, ref: string, caller: Caller): Promise<CreatedSession> => {
  const { id, provider, command, cwd, name, cols, rows } = await deps.sessions.find(ref)
  const { isComplete, variables } = await deps.store.environment(id)
  const request = { provider, command: [...command], cwd, env: { ...variables }, envIsComplete: isComplete, cols, rows }
  return createSession(deps, request, { caller, wish: { like: name } })
}
