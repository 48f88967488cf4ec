import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { readDevice, signDevice } from '@sallyport/crypto/device-cookie'
import { newId } from '@sallyport/crypto/ids'
import type { Secret } from '@sallyport/crypto/secret'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { Clock } from '../../../api-dependencies.ts'
import type { Connection } from '../../../connection.ts'
import { limits } from '../../../limits/limits.ts'

interface DeviceDeps {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly deviceKey: Secret<Uint8Array>
}

/** Id of the device, where the browser signed in as exactly this user before. It proves nothing, and gives wrong guesses a bucket of their own (A13). */
export const knownDevice = (
  deps: Pick<DeviceDeps, 'clock' | 'deviceKey'>,
  { deviceToken }: Connection,
  userId: string | undefined,
): string | null => {
  if (deviceToken === undefined) return null
  const device = readDevice({
    key: deps.deviceKey.reveal(),
    value: deviceToken,
    now: deps.clock.now(),
    maxAgeMs: limits.signIn.deviceLifetimeMs,
  })
  return device !== null && device.userId === userId ? device.deviceId : null
}

/** The cookie after a sign-in: the same id again, so that a browser has one bucket however often it signs in. */
export const renewedDevice = (deps: DeviceDeps, connection: Connection, userId: string): string =>
  signDevice({
    key: deps.deviceKey.reveal(),
    userId,
    deviceId: knownDevice(deps, connection, userId) ?? newId(deps.random, ID_ALPHABET, ID_LENGTH),
    issuedAt: deps.clock.now(),
  })
