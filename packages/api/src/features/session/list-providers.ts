import type { SessionProvider } from '@sallyport/contract/session'
import type { ApiDependencies } from '../../api-dependencies.ts'
import type { Provider } from './providers/provider.ts'
import type { ProviderRegistry } from './providers/provider-registry.ts'
import { findProgram } from './resolve-program.ts'

interface ListDependencies extends Pick<ApiDependencies, 'osUser' | 'loginEnvironment'> {
  readonly providers: Pick<ProviderRegistry, 'all'>
}

/** `session.providers`, as a session from the web would find their programs. */
export const listProviders = async ({
  providers,
  osUser,
  loginEnvironment,
}: ListDependencies): Promise<{ providers: SessionProvider[] }> => {
  const { PATH: path } = await loginEnvironment()
  const described = async ({ id, title, command, installHint, capabilities }: Provider): Promise<SessionProvider> => {
    const argv = id === 'shell' ? [osUser.shell] : [...command]
    const [program] = argv
    const found = program === undefined ? null : await findProgram({ program, cwd: osUser.home, path })
    return { id, title, command: argv, installHint, available: (found?.obstacle ?? null) === null, capabilities }
  }
  return { providers: await Promise.all(providers.all.map(described)) }
}
