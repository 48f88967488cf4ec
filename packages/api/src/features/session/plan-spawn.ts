import { basename } from 'node:path'
import type { ApiDependencies } from '../../api-dependencies.ts'
import { AppError } from '../../errors.ts'
import type { SpawnSecret, SpawnSession } from '../../keeper-port.ts'
import type { CreateRequest } from './create-session.ts'
import { namesInProjectEnv } from './providers/project-env-file.ts'
import type { Provider } from './providers/provider.ts'
import { scrubOf } from './providers/scrub.ts'
import { resolveProgram } from './resolve-program.ts'
import type { StoredEnvironment } from './session.store.ts'
import { requireSpawnable, sessionEnvironment } from './session-environment.ts'

export type PlanDependencies = Pick<ApiDependencies, 'osUser' | 'loginEnvironment' | 'umask' | 'socketPath'>

export interface SpawnRequest {
  readonly id: string
  readonly provider: Provider
  /** argv; empty for `shell`. */
  readonly command: readonly string[]
  readonly cwd: string
  readonly request: Omit<CreateRequest, 'provider' | 'command' | 'cwd'>
  /** Values of its env sets. */
  readonly secrets: readonly SpawnSecret[]
}

export interface SpawnPlan {
  readonly spawn: SpawnSession
  /** For `run again`. Nothing of an env set is in it. */
  readonly stored: StoredEnvironment
  readonly warnings: readonly string[]
}

/** All that a program is started with. @throws AppError with what is wrong about it */
export const planSpawn = async (
  deps: PlanDependencies,
  { id, provider, command, cwd, request, secrets }: SpawnRequest,
): Promise<SpawnPlan> => {
  const { cols, rows, billing, env: additions = {}, umask = deps.umask } = request
  const scrub = scrubOf(provider, billing)
  const base = request.envIsComplete ? {} : await deps.loginEnvironment()
  const environment = sessionEnvironment({
    sessionId: id,
    socketPath: deps.socketPath,
    base,
    additions,
    secrets,
    scrub,
  })
  const { variables: env } = environment
  const isShell = provider.id === 'shell'

  const [program, ...args] = isShell ? [deps.osUser.shell] : command
  if (program === undefined) throw new AppError('bad_request', 'There is no command.')
  const file = await resolveProgram({ program, cwd, path: env.PATH, installHint: provider.installHint })
  requireSpawnable([program, ...args], env)
  const spawn = { id, file, args, cwd, env, secrets: environment.secrets, umask, cols, rows }
  const { additions: variables } = environment
  return {
    stored: { isComplete: request.envIsComplete, variables, ...(request.umask === undefined ? {} : { umask }) },
    // A dash in front of its name makes a shell a login shell (POSIX login, bash(1) INVOCATION).
    spawn: isShell ? { ...spawn, argv0: `-${basename(file)}` } : spawn,
    warnings: [...environment.warnings, ...(await projectWarnings(cwd, scrub.given))],
  }
}

/** The file is the project's, and its programs may need it: nothing that we take away. */
const projectWarnings = async (cwd: string, scrubbed: ReadonlySet<string>): Promise<string[]> => {
  if (scrubbed.size === 0) return []
  const names = [...(await namesInProjectEnv(cwd))].filter((name) => scrubbed.has(name))
  if (names.length === 0) return []
  return [
    `The file .env in ${cwd} sets ${names.join(', ')}: a program that reads it bills the API, not the subscription.`,
  ]
}
