import { AppError } from '../../../errors.ts'
import { builtInProviders, type DeclaredProvider, type Provider } from './provider.ts'

export interface ProviderRegistry {
  readonly all: readonly Provider[]
  /** @throws AppError `not_found` */
  find(id: string): Provider
}

/** @param declared ids that are built in are refused where the configuration is read */
export const createProviderRegistry = (declared: readonly DeclaredProvider[]): ProviderRegistry => {
  const all = [...builtInProviders, ...declared.map(fromConfiguration)]
  const byId = new Map(all.map((provider) => [provider.id, provider]))
  return {
    all,
    find: (id) => {
      const provider = byId.get(id)
      if (provider !== undefined) return provider
      throw new AppError('not_found', `There is no provider ${id}. There are ${[...byId.keys()].join(', ')}.`)
    },
  }
}

const fromConfiguration = ({ id, title, command, envRemove }: DeclaredProvider): Provider => ({
  id,
  title,
  command: [...command],
  installHint: null,
  capabilities: { hooks: false, resume: false, billing: envRemove.length > 0 },
  billingVariables: envRemove,
})
