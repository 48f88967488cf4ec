import { builtInProviders, type DeclaredProvider } from '@sallyport/api/features/session/providers/provider'
import { z } from 'zod'
import type { ValueType } from './value-types.ts'

const word = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => !text.includes('\0'))

const declared = z.strictObject({
  /** One word, not a line: nothing here splits one as a shell would. */
  command: z.union([
    word.refine((text) => !/\s/.test(text)).transform((program) => [program]),
    z.array(word).min(1).max(64),
  ]),
  title: z.string().min(1).max(64).optional(),
  env_remove: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
    .max(64)
    .default([]),
})

const toList = (section: Readonly<Record<string, z.output<typeof declared>>>): DeclaredProvider[] =>
  Object.entries(section).map(([id, { title = id, command, env_remove: envRemove }]) => ({
    id,
    title,
    command,
    envRemove,
  }))

const builtIn: ReadonlySet<string> = new Set(builtInProviders.map(({ id }) => id))

/** `providers` of the file: a section with one entry per provider. */
export const declaredProviders: ValueType<readonly DeclaredProvider[]> = {
  schema: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/), declared).transform(toList),
  expects:
    'a section of the file with an entry for each provider, such as aider: { command: [aider, --no-git], title: Aider, env_remove: [OPENAI_API_KEY] }; ids have small letters, digits and dashes',
  show: (providers) => providers.map(({ id, command }) => `${id}: ${command.join(' ')}`),
  check: (providers) => {
    const taken = providers.find(({ id }) => builtIn.has(id))
    return taken === undefined ? null : `${taken.id} is built in; choose another id`
  },
}
