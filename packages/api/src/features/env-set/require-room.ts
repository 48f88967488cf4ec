import { envVariablesProblem } from '@sallyport/contract/env-set-rules'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits/limits.ts'
import type { StoredVariable } from './env-set.store.ts'

/** For one more set. @throws AppError `at_capacity` */
export const requireRoomForSet = (ids: readonly string[]): void => {
  if (ids.length < limits.envSets.max) return
  throw new AppError('at_capacity', `There are ${ids.length} env sets, and no more are possible. Delete one first.`)
}

/** What a set would become; what is new in it has been checked for everything else. @throws AppError `too_large` */
export const requireRoomInSet = (variables: readonly Pick<StoredVariable, 'name' | 'bytes'>[]): void => {
  // Only the sizes of the values count here, so nothing has to be opened.
  const problem = envVariablesProblem(variables.map(({ name, bytes }) => ({ name, value: ' '.repeat(bytes) })))
  if (problem !== null) throw new AppError('too_large', problem)
}
