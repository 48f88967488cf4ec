import type { SignInOptions } from '@sallyport/contract/sign-in'
import type { Accessor } from 'solid-js'
import { useDaemon } from '../../lib/daemon.ts'
import { provePassword } from '../sign-in/opaque.ts'
import { type ProofWay, wrongProof } from './step-up-words.ts'

/**
 * Every way to a fresh proof, with what is `typed`. Each answers with what is wrong, if anything is, and throws what the daemon refuses with. All go over HTTP: a
 * proof renews the cookie (W12).
 */
export const useProofs = (
  { stretching, serverId }: SignInOptions,
  typed: Accessor<string>,
): Readonly<Record<ProofWay, () => Promise<string | undefined>>> => {
  const { auth } = useDaemon().http
  return {
    password: async () => {
      if (typed() === '') return 'Type your password.'
      const proof = await provePassword({
        password: typed(),
        stretching,
        serverId,
        start: (request) => auth.startStepUp.mutate({ request }),
      })
      if (proof === 'wrong_password') return wrongProof.password
      await auth.finishStepUp.mutate(proof)
      return undefined
    },
    totp: async () => {
      if (typed() === '') return 'Type the six digits that your authenticator shows.'
      await auth.proveWithCode.mutate({ code: typed() })
      return undefined
    },
    /** `sallyport open` in this browser confirms the auth session that this page belongs to. */
    ticket: async () => {
      const whoami = await auth.whoami.query()
      const proved = whoami.kind === 'user' && Date.parse(whoami.provenUntil) > Date.now()
      return proved ? undefined : wrongProof.ticket
    },
  }
}
