import { access, constants, stat } from 'node:fs/promises'
import type { SpawnRequest } from '@sallyport/keeper-protocol/keeper-router'
import { TRPCError } from '@trpc/server'
import type { ForkRequest } from './pty-binding.ts'

const cannotStart = (message: string, cause?: unknown) => new TRPCError({ code: 'BAD_REQUEST', message, cause })

/**
 * What to execute. The daemon has checked all this and says it better; but time has passed since, and a program that
 * cannot be executed would show as a session that ends with 1.
 */
export const programOf = async (request: SpawnRequest, inheritedUmask: number): Promise<ForkRequest> => {
  const { file, cwd, env, cols, rows, umask = inheritedUmask } = request
  if (!file.startsWith('/')) throw cannotStart(`${file} is not an absolute path`)
  await access(file, constants.X_OK).catch((cause) => {
    throw cannotStart(`${file} cannot be executed`, cause)
  })
  const directory = await stat(cwd).catch((cause) => {
    throw cannotStart(`the directory ${cwd} cannot be used`, cause)
  })
  if (!directory.isDirectory()) throw cannotStart(`${cwd} is not a directory`)
  return { file, args: argumentsOf(request), env, cwd, cols, rows, umask }
}

/**
 * node-pty's binding passes `file` as argv[0]. The one other value that is ever wanted is the `-name` of a login shell,
 * and every shell takes `-l` for the same.
 */
const argumentsOf = ({ argv0, file, args }: SpawnRequest): readonly string[] => {
  if (argv0 === undefined || argv0 === file) return args
  if (argv0.startsWith('-')) return ['-l', ...args]
  throw cannotStart('argv0 can only be the program itself or the dash name of a login shell')
}
