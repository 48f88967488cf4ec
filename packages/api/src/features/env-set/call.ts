import type { CallContext } from '../../context.ts'

/** What a use case needs of its call. */
export type EnvSetCall = Pick<CallContext, 'audit'>
