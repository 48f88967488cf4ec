import { z } from 'zod'
import {
  ENV_SET_MAX_VARIABLES,
  ENV_VALUE_MASK,
  envNameProblem,
  envValueProblem,
  envVariablesProblem,
  tooManyVariables,
  unsafeNamesProblem,
} from './env-set-rules.ts'
import { ID_ALPHABET, ID_LENGTH, isoTime, sessionId } from './ids.ts'
import { SESSION_STATES } from './session-state.ts'

export const envSetId = z.string().regex(new RegExp(`^[${ID_ALPHABET}]{${ID_LENGTH}}$`))

/** As a session's: it is typed into shells. */
export const envSetName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a name has 1 to 64 letters, digits, dots, dashes or underscores and starts with a letter or digit',
  )

/** What a person may type for an env set: its id, a unique prefix of it (4 or more characters), or its name. */
export const envSetRef = z.string().min(1).max(64)

/** Fails with the sentence that a rule gives. */
const obeying =
  <T>(problemOf: (value: T) => string | null) =>
  (context: z.core.ParsePayload<T>) => {
    const message = problemOf(context.value)
    if (message !== null) context.issues.push({ code: 'custom', message, input: undefined })
  }

/** SPEC E3: there is no value in it. */
export const envVariable = z.object({
  name: z.string(),
  /** The same for every value. */
  mask: z.literal(ENV_VALUE_MASK),
  /** 1 for the first value, one more for each that replaced it. */
  version: z.number().int().min(1),
  changedAt: isoTime,
  /** False: too short to be masked in output (O8). */
  maskedInOutput: z.boolean(),
  /** Why its name needed an explicit yes, or null. */
  unsafeReason: z.string().nullable(),
})
export type EnvVariable = z.infer<typeof envVariable>

export const envSet = z.object({
  id: envSetId,
  name: envSetName,
  createdAt: isoTime,
  changedAt: isoTime,
  /** Ordered by name. */
  variables: z.array(envVariable),
  /** How many live sessions were started with it. */
  liveSessions: z.number().int(),
})
export type EnvSet = z.infer<typeof envSet>

const newVariable = z
  .object({ name: z.string(), value: z.union([z.string(), z.instanceof(Uint8Array)]) })
  .check(obeying(({ name, value }) => envNameProblem(name) ?? envValueProblem(name, value)))

const newVariables = z.array(newVariable).max(ENV_SET_MAX_VARIABLES, tooManyVariables)

/** SPEC E5: names like LD_PRELOAD are refused without it. */
const allowUnsafeNames = z.boolean().default(false)

interface WithVariables {
  readonly variables: readonly { readonly name: string; readonly value: string | Uint8Array }[]
  readonly allowUnsafeNames: boolean
}
const variablesProblem = (input: WithVariables): string | null =>
  envVariablesProblem(input.variables) ??
  (input.allowUnsafeNames ? null : unsafeNamesProblem(input.variables.map(({ name }) => name)))

/** `envSet.create`. Without variables: an empty set. */
export const createEnvSetInput = z
  .object({
    name: envSetName,
    variables: newVariables.default([]),
    allowUnsafeNames,
  })
  .check(obeying(variablesProblem))

/** `envSet.set`: new variables, and new values of those that exist, all or none. What the set becomes is checked in the daemon. */
export const setEnvVariablesInput = z
  .object({ envSet: envSetRef, variables: newVariables.min(1), allowUnsafeNames })
  .check(obeying(variablesProblem))

/** `envSet.unset`: all of the names exist, or nothing is removed. */
export const unsetEnvVariablesInput = z.object({
  envSet: envSetRef,
  names: z.array(z.string().min(1).max(255)).min(1).max(ENV_SET_MAX_VARIABLES),
})

/** `envSet.get`, `envSet.usage`. */
export const envSetRefInput = z.object({ envSet: envSetRef })

/** `envSet.list`, and what `env-set list --json` has beside `schemaVersion` (K2). */
export const envSetList = z.object({ envSets: z.array(envSet) })

export const renameEnvSetInput = z.object({ envSet: envSetRef, name: envSetName })

/** `envSet.delete`: a set that a live session was started with needs `evenIfInUse`. */
export const deleteEnvSetInput = z.object({ envSet: envSetRef, evenIfInUse: z.boolean().default(false) })

/** `envSet.usage`: live sessions first, then past ones that are still listed, newest first. */
export const envSetUsage = z.object({
  sessions: z.array(
    z.object({
      id: sessionId,
      name: z.string(),
      state: z.enum(SESSION_STATES),
      live: z.boolean(),
      createdAt: isoTime,
      endedAt: isoTime.nullable(),
    }),
  ),
})
export type EnvSetUsage = z.infer<typeof envSetUsage>

/** `envSet.rotate` (E6): everything of every set is sealed under `keyId` now. */
export const envSetRotation = z.object({ keyId: z.string(), envSets: z.number().int(), variables: z.number().int() })

/** `envSet.reveal`, on the socket only (E3). */
export const revealEnvVariableInput = z.object({ envSet: envSetRef, name: z.string().min(1).max(255) })
export const revealedEnvVariable = z.object({ name: z.string(), version: z.number().int(), value: z.string() })

/** `envSet.status`. */
export const envSetStatus = z.discriminatedUnion('state', [
  /** `source`: where the key stands, for people, such as a path. `keyId` seals new values. */
  z.object({ state: z.literal('open'), source: z.string(), keyId: z.string() }),
  /** Env sets can be listed and nothing else; all the rest of Sallyport works. */
  z.object({
    state: z.literal('locked'),
    /** `passphrase`: `sallyport unlock` opens it. `missing`: there is no key, or one that must not be used. `wrong`: another key than the one that sealed. */
    reason: z.enum(['passphrase', 'missing', 'wrong']),
    /** What to do, for the person. */
    message: z.string(),
  }),
])
export type EnvSetStatus = z.infer<typeof envSetStatus>
