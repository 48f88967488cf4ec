import { readFile } from 'node:fs/promises'
import type { ConfigEntry } from '@sallyport/contract/admin'
import { ConfigError } from './config-error.ts'
import { type Environment, processVariables } from './environment.ts'
import { nearest } from './nearest.ts'
import { configKeyNames, variableOf } from './schema.ts'

/** What somebody wrote for one key, not yet looked at. */
export interface Candidate {
  readonly raw: unknown
  readonly source: ConfigEntry['source']
  readonly origin: string
}

const MAX_FILE_VALUE_BYTES = 64 * 1024

/** SALLYPORT_X, or the content of the file that SALLYPORT_X_FILE names. Both at once is a contradiction, not a precedence. */
export const fromEnvironment = async (name: string, environment: Environment): Promise<Candidate | undefined> => {
  const variable = variableOf(name)
  const [direct, file] = [environment[variable], environment[`${variable}_FILE`]]
  if (direct !== undefined && file !== undefined)
    throw new ConfigError([`${variable} and ${variable}_FILE are both set; unset one of them`])
  if (direct !== undefined) return { raw: direct, source: 'environment', origin: variable }
  if (file === undefined) return undefined
  const content = await readFile(file, 'utf8').catch((error: Error) => {
    throw new ConfigError([`${variable}_FILE: cannot read ${file}: ${error.message}`])
  })
  if (content.length > MAX_FILE_VALUE_BYTES)
    throw new ConfigError([`${variable}_FILE: ${file} is too long to be a value`])
  return { raw: content.replace(/\r?\n$/, ''), source: 'environment', origin: `${variable}_FILE` }
}

/** A mistyped SALLYPORT_ variable would otherwise be a setting that silently does nothing. */
export const unknownVariables = (environment: Environment): string[] => {
  const known = new Set<string>(
    [...configKeyNames, 'data_dir'].flatMap((name) => [variableOf(name), `${variableOf(name)}_FILE`]),
  )
  for (const name of Object.values(processVariables)) known.add(name)
  return Object.keys(environment)
    .filter((name) => name.startsWith('SALLYPORT_') && !known.has(name))
    .map((name) => {
      const guess = nearest(name, [...known])
      return `the variable ${name} is not one of ours and does nothing${guess === undefined ? '' : `; did you mean ${guess}?`}`
    })
}
