import * as auth from '@sallyport/contract/auth'
import * as output from '@sallyport/contract/output'
import * as session from '@sallyport/contract/session'
import { expect, test } from 'vitest'
import * as limits from './wire-limits.ts'

test('the repeated figures are those of the contract', () => {
  const { CLOSE_REVOKED, CLOSE_POLICY } = auth
  const { ACKNOWLEDGE_EVERY_BYTES } = output
  const { WRITE_MAX_BYTES } = session
  expect({ ...limits }).toEqual({ CLOSE_REVOKED, CLOSE_POLICY, WRITE_MAX_BYTES, ACKNOWLEDGE_EVERY_BYTES })
})
