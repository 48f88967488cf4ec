import { dirname, join, resolve } from 'node:path'
import type { Environment } from './environment.ts'

/** Which daemon a verb means. */
export interface Target {
  readonly dataDir: string
  readonly socketPath: string
}

type TargetEnvironment = Pick<Environment, 'socketPath' | 'dataDir' | 'home'>

export const dataDirOf = (environment: TargetEnvironment, flag: string | undefined): string =>
  resolve(flag ?? environment.dataDir ?? join(environment.home, '.sallyport'))

/** What was typed beats the environment, and inside a session the daemon that runs it beats a data dir. */
export const targetOf = (environment: TargetEnvironment, flag: string | undefined): Target => {
  if (flag === undefined && environment.socketPath !== undefined) {
    const socketPath = resolve(environment.socketPath)
    return { dataDir: dirname(socketPath), socketPath }
  }
  const dataDir = dataDirOf(environment, flag)
  return { dataDir, socketPath: join(dataDir, 'sallyport.sock') }
}
